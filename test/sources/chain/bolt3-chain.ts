/**
 * A channel's life on chain in the transactions of BOLT 3, appendices B and C: what funded it, a
 * commitment with seven outputs, its five HTLC transactions; and one that sweeps all that these pay.
 */
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import {
  channelIdOfOutpoint,
  NodeId,
  Outpoint,
  ShortChannelId,
  splitOutpoint,
  txidToBytes,
} from '../../../src/lightning/ids.ts';
import { parseTransaction, type Transaction } from '../../../src/lightning/transaction.ts';
import type { Known, KnownChannel } from '../../../src/sources/known.ts';
import { fixtureText, present } from '../../lightning/fixtures.ts';

interface AppendixC {
  readonly common: Readonly<Record<string, string>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly commit_tx: string;
    readonly htlc: readonly { readonly kind: string; readonly htlc: number; readonly tx: string }[];
  }[];
}

const { common, vectors } = JSON.parse(fixtureText('bolts/bolt3-appendix-C.json')) as AppendixC;
const key = (name: string) => present(common[name]);
const vector = present(vectors.find(({ name }) => name.includes('seven outputs untrimmed')));

export const fundingHex = present(
  /funding tx: ([0-9a-f]+)/.exec(fixtureText('bolts/bolt3-appendix-B.txt'))?.[1],
);
export const commitmentHex = vector.commit_tx;
/** In the order of the outputs that they spend. */
export const htlcHexes = vector.htlc.map(({ tx }) => tx);

export const funding = transactionOf(fundingHex);
export const commitment = transactionOf(commitmentHex);
export const htlcs = htlcHexes.map(transactionOf);

export function transactionOf(hex: string): Transaction {
  return parseTransaction(hexToBytes(hex));
}

export const recorder = NodeId(`02${'a1'.repeat(32)}`);
export const peer = NodeId(`03${'b2'.repeat(32)}`);
export const fundingOutpoint = Outpoint(`${funding.txid}:0`);
export const scid = ShortChannelId('1x1x0');

export const context = {
  peerId: peer,
  fundingOutpoint,
  capacitySat: 10_000_000n,
  opener: 'local',
  channelType: 'static_remotekey',
  local: { paymentBasepoint: key('local_payment_basepoint') },
  remote: { paymentBasepoint: key('remote_payment_basepoint') },
} as const;

export const channel: KnownChannel = {
  nodeId: recorder,
  channelId: channelIdOfOutpoint(fundingOutpoint),
  context,
  outpoints: [fundingOutpoint],
  shortChannelIds: [],
  revoked: {},
  outputs: [],
};

export const knowing = (...channels: readonly KnownChannel[]): Known => ({
  nodes: [{ nodeId: recorder, chain: 'regtest' }],
  channels: (source) => (source === undefined ? channels : []),
  facts: () => [],
});

const hexOf = (value: number, bytes: number) => {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex')
    .reverse()
    .toString('hex');
};

/** Spends them to one output; each with these items in its witness. */
export function spending(
  outpoints: readonly Outpoint[],
  paidSat: number,
  witness: readonly string[],
): string {
  const inputs = outpoints.map((outpoint) => {
    const { txid, vout } = splitOutpoint(outpoint);
    return `${bytesToHex(txidToBytes(txid))}${hexOf(vout, 4)}0090000000`;
  });
  const output = `${hexOf(paidSat, 8)}160014${'5a'.repeat(20)}`;
  const items = witness.map((item) => hexOf(item.length / 2, 1) + item).join('');
  const witnesses = inputs.map(() => hexOf(witness.length, 1) + items).join('');
  const count = hexOf(inputs.length, 1);
  return `020000000001${count}${inputs.join('')}01${output}${witnesses}00000000`;
}

/** BOLT 3, `to_local`, of this commitment; the second stages pay the same script. */
export const toLocalScript =
  `63${'21'}${key('local_revocation_pubkey')}6702${hexOf(Number(key('local_delay')), 2)}b275` +
  `21${key('local_delayedpubkey')}68ac`;
export const delayedClaim = ['30', '', toLocalScript];
export const toLocalOutpoint = Outpoint(`${commitment.txid}:6`);
export const secondStageOutpoints = htlcs.map(({ txid }) => Outpoint(`${txid}:0`));

/** All six delayed outputs at once. */
export const sweepHex = spending(
  [toLocalOutpoint, ...secondStageOutpoints],
  6_990_000,
  delayedClaim,
);

export const blockHash = (height: number) => height.toString(16).padStart(2, '0').repeat(32);
export const blockTime = (height: number) => 1_600_000_000 + height * 600;

/** As `bitcoin-cli getrawtransaction TXID 2` prints it, as far as it is read. */
export function rawTransaction(hex: string, height: number | undefined, more: object = {}): object {
  const { txid, inputs } = transactionOf(hex);
  return {
    txid,
    version: 2,
    vin: inputs.map(({ outpoint }) => ({ txid: outpoint.slice(0, 64), sequence: 1 })),
    hex,
    ...(height !== undefined && {
      blockhash: blockHash(height),
      confirmations: 7,
      time: blockTime(height),
      blocktime: blockTime(height),
    }),
    ...more,
  };
}

/** As `bitcoin-cli getblock HASH 1` prints it. */
export function block(height: number, txids: readonly string[], more: object = {}): object {
  return {
    hash: blockHash(height),
    confirmations: 7,
    height,
    merkleroot: 'ab'.repeat(32),
    time: blockTime(height),
    tx: txids,
    ...more,
  };
}

export const prevout = (bitcoin: number) => ({ prevout: { generated: false, value: bitcoin } });

/** All of the channel's transactions, and the blocks that they are in. */
export const life: readonly object[] = [
  rawTransaction(fundingHex, 1, { vin: [prevout(50)], fee: 0.0001392 }),
  rawTransaction(commitmentHex, 10, { vin: [prevout(0.1)], fee: 0.00001024 }),
  ...htlcHexes.map((hex) => rawTransaction(hex, 12)),
  rawTransaction(sweepHex, 20),
  block(1, ['cc'.repeat(32), funding.txid]),
  block(10, [commitment.txid]),
  block(
    12,
    htlcs.map(({ txid }) => txid),
  ),
  block(20, [transactionOf(sweepHex).txid]),
];
