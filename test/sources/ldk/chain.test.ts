import * as btc from '@scure/btc-signer';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import { doubleSha256 } from '../../../src/lightning/hashes.ts';
import { outpointOf, txidToBytes } from '../../../src/lightning/ids.ts';
import { parseTransaction } from '../../../src/lightning/transaction.ts';
import { merkleRoot, SimulatedChain } from '../../../src/sources/ldk/chain.ts';
import { VirtualClock } from '../../../src/sources/ldk/clock.ts';
import {
  transactionBytes,
  witnessKeyHashDigest,
} from '../../../src/sources/ldk/transaction-bytes.ts';
import { Wallet } from '../../../src/sources/ldk/wallet.ts';

const ANYONE = Uint8Array.of(0x51);
const SECRET_KEY = new Uint8Array(32).fill(7);

function fundedChain() {
  const chain = new SimulatedChain(new VirtualClock(1_767_225_600));
  const wallet = new Wallet(SECRET_KEY, chain);
  chain.mine(wallet.script);
  chain.mine(wallet.script);
  return { chain, wallet };
}

/** Spends one output without a signature, which the chain does not check. */
function spend(
  from: { readonly txid: string; readonly vout: number },
  more: { readonly sequence?: number; readonly locktime?: number; readonly feeSat?: bigint } = {},
) {
  return (valueSat: bigint) =>
    transactionBytes({
      version: 2,
      inputs: [
        {
          outpoint: outpointOf(parseTxid(from.txid), from.vout),
          sequence: more.sequence ?? 0xfffffffd,
          witness: [],
        },
      ],
      outputs: [{ valueSat: valueSat - (more.feeSat ?? 0n), script: ANYONE }],
      locktime: more.locktime ?? 0,
    });
}

function parseTxid(text: string) {
  return parseTransaction(coinbaseOf(text)).txid;
}

const coinbases = new Map<string, Uint8Array>();
function coinbaseOf(txid: string): Uint8Array {
  const raw = coinbases.get(txid);
  if (raw === undefined) throw new Error(`no transaction ${txid}`);
  return raw;
}

function newestCoinbase(chain: SimulatedChain) {
  const raw = chain.block(chain.height)?.transactions[0]?.raw ?? new Uint8Array();
  const { txid, outputs } = parseTransaction(raw);
  coinbases.set(txid, raw);
  return { txid, vout: 0, valueSat: outputs[0]?.valueSat ?? 0n };
}

test('each header names its parent and the merkle root of its transactions', () => {
  const { chain, wallet } = fundedChain();
  chain.submit(wallet.pay({ valueSat: 1_000n, script: ANYONE }));
  chain.submit(wallet.pay({ valueSat: 2_000n, script: ANYONE }));
  const parent = chain.tipHash;
  const block = chain.mine();
  assert.is(block.transactions.length, 3);
  assert.is(block.header.length, 80);
  assert.equal(block.header.subarray(4, 36), parent);
  const leaves = block.transactions.map(({ parsed }) => txidToBytes(parsed.txid));
  assert.equal(block.header.subarray(36, 68), merkleRoot(leaves));
  assert.equal(doubleSha256(block.header), block.hash);
  assert.equal(chain.tipHash, block.hash);
});

test("the merkle root of Bitcoin's block 170 is found from its two transactions", () => {
  const txids = [
    'b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082',
    'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16',
  ];
  const root = merkleRoot(txids.map((txid) => hexToBytes(txid).reverse()));
  assert.is(
    bytesToHex(root.reverse()),
    '7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff',
  );
});

test('the wallet signs what an independent implementation says is to be signed', () => {
  const { wallet } = fundedChain();
  const coin = wallet.coins()[0];
  assert.ok(coin);
  const raw = wallet.pay({ valueSat: 12_345n, script: ANYONE });
  const other = btc.Transaction.fromRaw(raw, { allowUnknownOutputs: true });
  const keyHash = wallet.script.subarray(2);
  const scriptCode = hexToBytes(`76a914${bytesToHex(keyHash)}88ac`);
  const theirs = other.preimageWitnessV0(0, scriptCode, btc.SigHash.ALL, coin.valueSat);
  const ours = witnessKeyHashDigest(parseTransaction(raw), 0, keyHash, coin.valueSat);
  assert.equal(ours, theirs);
});

test('of two transactions that spend one output the one with the higher fee stays', () => {
  const { chain } = fundedChain();
  const coin = newestCoinbase(chain);
  assert.is(chain.submit(spend(coin, { feeSat: 500n })(coin.valueSat)), 'accepted');
  assert.is(chain.submit(spend(coin, { feeSat: 500n })(coin.valueSat)), 'known');
  assert.is(chain.submit(spend(coin, { feeSat: 400n })(coin.valueSat)), 'conflict-pays-more');
  assert.is(chain.submit(spend(coin, { feeSat: 600n })(coin.valueSat)), 'accepted');
  assert.is(chain.mempool.size, 1);
});

test('a transaction waits until its locktime and its relative lock allow it', () => {
  const { chain } = fundedChain();
  const coin = newestCoinbase(chain);
  chain.submit(spend(coin, { locktime: 4 })(coin.valueSat));
  assert.is(chain.mine().transactions.length, 1);
  const confirmed = (() => {
    for (;;) {
      const block = chain.mine();
      if (block.transactions.length > 1) return block;
    }
  })();
  assert.is(confirmed.height, 5, 'a locktime of 4 allows block 5');
  const parent = confirmed.transactions[1];
  assert.ok(parent);
  coinbases.set(parent.parsed.txid, parent.raw);
  const child = { txid: parent.parsed.txid, vout: 0 };
  chain.submit(spend(child, { sequence: 3 })(coin.valueSat));
  assert.equal(
    [chain.mine(), chain.mine(), chain.mine()].map(({ transactions }) => transactions.length),
    [1, 1, 2],
    'three blocks after its parent',
  );
});

test('an output that is not there cannot be spent, nor one that is spent already', () => {
  const { chain } = fundedChain();
  const coin = newestCoinbase(chain);
  const raw = spend(coin)(coin.valueSat);
  chain.submit(raw);
  chain.mine();
  assert.is(chain.submit(raw), 'known');
  assert.is(chain.submit(spend(coin, { feeSat: 1n })(coin.valueSat)), 'input-missing');
});

test('a block taken back gives its coins back, and its transactions wait again', () => {
  const { chain, wallet } = fundedChain();
  const before = wallet.coins().length;
  const heard: string[] = [];
  chain.listen({
    blockConnected: ({ height }) => heard.push(`+${height}`),
    blockDisconnected: ({ height }, parent) => heard.push(`-${height} to ${parent.height}`),
  });
  const coin = newestCoinbase(chain);
  const raw = spend(coin, { feeSat: 9n })(coin.valueSat);
  const { txid } = parseTransaction(raw);
  chain.submit(raw);
  const first = chain.mine();
  assert.is(chain.confirmedAt(txid), 3);
  chain.disconnectTip();
  assert.is(chain.confirmedAt(txid), undefined);
  assert.ok(chain.mempool.has(txid));
  assert.is(wallet.coins().length, before - 1, 'a coin in the mempool is not offered');
  const second = chain.mine();
  assert.is(chain.confirmedAt(txid), 3);
  assert.is.not(bytesToHex(second.hash), bytesToHex(first.hash));
  assert.equal(heard, ['+3', '-3 to 2', '+3']);
});

test.run();
