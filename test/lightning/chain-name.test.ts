import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chainNamed } from '../../src/lightning/chain-name.ts';

test('a chain is known by the words of lnd, Core Lightning, bitcoind and btcd', () => {
  // lnd's getinfo (chains.network) and lightningd's getinfo (network).
  assert.equal(['mainnet', 'testnet', 'testnet4', 'signet', 'regtest', 'bitcoin'].map(chainNamed), [
    'bitcoin',
    'testnet',
    'testnet4',
    'signet',
    'regtest',
    'bitcoin',
  ]);
  // bitcoind's -chain and getblockchaininfo, and btcd's chaincfg.
  assert.equal(['main', 'test', 'testnet3'].map(chainNamed), ['bitcoin', 'testnet', 'testnet']);
  assert.is(chainNamed('Bitcoin'), 'bitcoin');
});

test('what is no chain of these has no name', () => {
  for (const word of ['doge', 'litecoin', '', 'toString', '__proto__', 'bitcoin ']) {
    assert.is(chainNamed(word), undefined);
  }
});

test.run();
