import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reversed } from '../../src/lightning/bytes.ts';
import { chainOfHash } from '../../src/lightning/chain-hash.ts';
import { doubleSha256 } from '../../src/lightning/hashes.ts';
import { hex } from './fixtures.ts';

/** BOLT 3 appendix B, "Block 0 (genesis)" of regtest: its header is the first 80 bytes. */
const REGTEST_HEADER =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000';

test('a chain is named by its genesis block’s hash in byte order', () => {
  assert.is(chainOfHash(doubleSha256(hex(REGTEST_HEADER))), 'regtest');
  // BOLT 0, `chain_hash` of Bitcoin mainnet.
  const bitcoin = '6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000';
  assert.is(chainOfHash(bitcoin), 'bitcoin');
});

test('the display order, and a chain that is not well known, have no name', () => {
  assert.is(chainOfHash(reversed(doubleSha256(hex(REGTEST_HEADER)))), undefined);
  assert.is(chainOfHash(new Uint8Array(32)), undefined);
  assert.is(chainOfHash(''), undefined);
});

test.run();
