/**
 * The names of things: branded strings, each with a parser of the same name. A parser takes
 * whatever comes, gives the one canonical spelling, and throws an Error of one sentence.
 */
import { bytesToHex, compareBytes, concatBytes, hexToBytes, reversed } from './bytes.ts';
import { expected } from './expected.ts';
import { sha256 } from './hashes.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A node's public key (BOLT 1, `node_id`), compressed, in lower-case hex. */
export type NodeId = Branded<'NodeId'>;
/** BOLT 2, `channel_id`: 32 bytes in lower-case hex. */
export type ChannelId = Branded<'ChannelId'>;
/** A transaction's id in display order (the reverse of its bytes). */
export type Txid = Branded<'Txid'>;
/** A transaction's output, `txid:vout`; a channel's funding outpoint is what people call it by. */
export type Outpoint = Branded<'Outpoint'>;
/** BOLT 7, `short_channel_id`, spelled `BLOCKxTXxOUT`. */
export type ShortChannelId = Branded<'ShortChannelId'>;
/** `bitcoin`, `testnet`, `signet`, `regtest` … */
export type Chain = Branded<'Chain'>;

const MAX_U16 = 0xffff;
const MAX_U24 = 0xffffff;
const MAX_U32 = 0xffffffff;
const MAX_U64 = (1n << 64n) - 1n;
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const SHORT_CHANNEL_ID = /^(0|[1-9][0-9]{0,7})([x:])(0|[1-9][0-9]{0,7})\2(0|[1-9][0-9]{0,4})$/;

/** Checks the form only: whether the point lies on the curve shows when a signature is checked. */
export function NodeId(value: unknown, name = 'nodeId'): NodeId {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (!/^0[23][0-9a-f]{64}$/.test(text)) {
    throw expected(name, 'a compressed public key (66 hex digits, 02… or 03…)', value);
  }
  return text as NodeId;
}

export function ChannelId(value: unknown, name = 'channelId'): ChannelId {
  return hash256(value, name) as ChannelId;
}

export function Txid(value: unknown, name = 'txid'): Txid {
  return hash256(value, name) as Txid;
}

function hash256(value: unknown, name: string): string {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  if (!/^[0-9a-f]{64}$/.test(text)) throw expected(name, '32 bytes as 64 hex digits', value);
  return text;
}

export function Outpoint(value: unknown, name = 'outpoint'): Outpoint {
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  const match = /^([0-9a-f]{64}):(0|[1-9][0-9]{0,9})$/.exec(text);
  if (match === null || Number(match[2]) > MAX_U32) {
    throw expected(name, 'txid:vout (64 hex digits, a colon, the output index)', value);
  }
  return text as Outpoint;
}

/** Short channel ids from this height on are aliases (lnd): no block has such a number yet. */
export const FIRST_ALIAS_HEIGHT = 16_000_000;

/** From `BLOCKxTXxOUT`, `BLOCK:TX:OUT`, the 64-bit integer, or that integer in decimal digits. */
export function ShortChannelId(value: unknown, name = 'shortChannelId'): ShortChannelId {
  const what = 'BLOCKxTXxOUT or its 64-bit integer in digits';
  if (typeof value === 'bigint' || (typeof value === 'string' && DECIMAL.test(value))) {
    const id = BigInt(value);
    if (id < 0n || id > MAX_U64) throw expected(name, what, value);
    return `${id >> 40n}x${(id >> 16n) & 0xffffffn}x${id & 0xffffn}` as ShortChannelId;
  }
  const match = typeof value === 'string' ? SHORT_CHANNEL_ID.exec(value) : null;
  if (match === null) throw expected(name, what, value);
  const [block, txIndex, outputIndex] = [Number(match[1]), Number(match[3]), Number(match[4])];
  if (block > MAX_U24 || txIndex > MAX_U24 || outputIndex > MAX_U16) {
    throw expected(name, `${what}, its parts below 2^24, 2^24 and 2^16`, value);
  }
  return `${block}x${txIndex}x${outputIndex}` as ShortChannelId;
}

export function Chain(value: unknown, name = 'chain'): Chain {
  if (typeof value !== 'string' || !/^[a-z0-9]{1,32}$/.test(value)) {
    throw expected(name, 'a chain name of a-z and 0-9, such as bitcoin or regtest', value);
  }
  return value as Chain;
}

export interface ShortChannelIdParts {
  readonly blockHeight: number;
  readonly txIndex: number;
  readonly outputIndex: number;
}

export function splitShortChannelId(id: ShortChannelId): ShortChannelIdParts {
  const [blockHeight = 0, txIndex = 0, outputIndex = 0] = id.split('x').map(Number);
  return { blockHeight, txIndex, outputIndex };
}

/** BOLT 7: 3 bytes block height, 3 bytes transaction index, 2 bytes output index. */
export function shortChannelIdToBigint(id: ShortChannelId): bigint {
  const { blockHeight, txIndex, outputIndex } = splitShortChannelId(id);
  return (BigInt(blockHeight) << 40n) | (BigInt(txIndex) << 16n) | BigInt(outputIndex);
}

export function outpointOf(txid: Txid, vout: number): Outpoint {
  return Outpoint(`${txid}:${vout}`);
}

export function splitOutpoint(outpoint: Outpoint): { readonly txid: Txid; readonly vout: number } {
  return { txid: outpoint.slice(0, 64) as Txid, vout: Number(outpoint.slice(65)) };
}

/** The id whose hash has these bytes, as transactions and most databases hold it. */
export function txidOfBytes(internal: Uint8Array): Txid {
  return Txid(bytesToHex(reversed(internal)));
}

export function txidToBytes(txid: Txid): Uint8Array {
  return reversed(hexToBytes(txid, 'txid'));
}

/**
 * BOLT 2, definition of `channel_id` (v1): the funding txid's bytes, the last two XORed with the
 * output index, big-endian.
 */
export function channelIdOfOutpoint(outpoint: Outpoint): ChannelId {
  const { txid, vout } = splitOutpoint(outpoint);
  if (vout > MAX_U16) throw expected('outpoint', 'a funding output index below 65536', outpoint);
  const bytes = txidToBytes(txid);
  bytes[30] = (bytes[30] ?? 0) ^ (vout >> 8);
  bytes[31] = (bytes[31] ?? 0) ^ (vout & 0xff);
  return bytesToHex(bytes) as ChannelId;
}

/** BOLT 2 (v2): SHA-256 of both revocation basepoints, the lesser first. */
export function channelIdOfBasepoints(oneEnd: Uint8Array, otherEnd: Uint8Array): ChannelId {
  const [lesser, greater] =
    compareBytes(oneEnd, otherEnd) <= 0 ? [oneEnd, otherEnd] : [otherEnd, oneEnd];
  return bytesToHex(sha256(concatBytes(lesser, greater))) as ChannelId;
}
