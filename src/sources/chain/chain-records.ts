/**
 * What Bitcoin Core and lnd print of transactions and blocks, read once: `getrawtransaction … 2` (1 too,
 * without fees), `getblockheader`, `getblock … 1`, and the transactions of `lncli listchaintxns`.
 */
import Type, { type Static, type TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { hexToBytes } from '../../lightning/bytes.ts';
import { Txid } from '../../lightning/ids.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import { SchemaError } from '../../schema/codec.ts';
import { mismatchText } from '../../schema/mismatch.ts';

export interface TransactionRecord {
  readonly kind: 'transaction';
  /** The command that prints such a record. */
  readonly from: string;
  readonly transaction: Transaction;
  readonly txid: Txid;
  /** Undefined while it is in no block. */
  readonly blockHash?: string;
  readonly height?: number;
  /** Seconds since 1970, as the block's miner chose it. */
  readonly blockTime?: number;
  /** Undefined where what it spends was not told. */
  readonly feeSat?: bigint;
  /** Its block is no longer part of the chain, by the same word. */
  readonly isBlockLeft?: true;
}

export interface BlockRecord {
  readonly kind: 'block';
  readonly from: string;
  readonly blockHash: string;
  readonly height: number;
  readonly blockTime: number;
  /** False where it is no longer part of the chain. */
  readonly isInChain: boolean;
  /** In the block's order; undefined of a header. */
  readonly txids?: readonly unknown[];
}

export type ChainRecord = TransactionRecord | BlockRecord;

const HASH = '^[0-9a-f]{64}$';
const Hash = Type.String({ pattern: HASH });
const Hash0 = Type.String({ pattern: '^([0-9a-f]{64})?$' });
const RawHex = Type.String({ pattern: '^([0-9a-f]{2})*$', maxLength: 8_000_000 });
/** The greatest height that a short channel id has room for. */
const Height = Type.Integer({ minimum: 0, maximum: 0xffffff });
const Seconds = Type.Integer({ minimum: 0, maximum: 0xffffffff });
const Bitcoin = Type.Number({ minimum: 0, maximum: 21_000_000 });
const Optional = Type.Optional;

/** These have decimals, which no stored form has (schema/codec.ts): only read, and as they are. */
function readerOf<S extends TObject>(name: string, schema: S) {
  const compiled = Compile(schema);
  return {
    parse(json: unknown): Static<S> {
      if (compiled.Check(json)) return json;
      throw new SchemaError(`${name}: ${mismatchText(schema, json, compiled.Errors(json))}`);
    },
  };
}

const transactionJson = readerOf(
  'getrawtransaction',
  Type.Object({
    txid: Hash,
    hex: RawHex,
    blockhash: Optional(Hash),
    blocktime: Optional(Seconds),
    /** 0 with a block: that one is out of the chain. */
    confirmations: Optional(Type.Integer()),
    in_active_chain: Optional(Type.Boolean()),
    fee: Optional(Bitcoin),
    vin: Optional(
      Type.Array(Type.Object({ prevout: Optional(Type.Object({ value: Optional(Bitcoin) })) })),
    ),
  }),
);

const blockJson = readerOf(
  'getblockheader',
  Type.Object({
    hash: Hash,
    height: Height,
    time: Seconds,
    confirmations: Optional(Type.Integer()),
    tx: Optional(Type.Array(Type.Unknown(), { maxItems: 1_000_000 })),
  }),
);

const lndJson = readerOf(
  'listchaintxns',
  Type.Object({
    tx_hash: Hash,
    raw_tx_hex: RawHex,
    block_hash: Optional(Hash0),
    block_height: Optional(Type.Integer()),
    time_stamp: Optional(Type.Union([Type.String({ pattern: '^[0-9]{1,10}$' }), Seconds])),
    total_fees: Optional(Type.Union([Type.String({ pattern: '^-?[0-9]{1,16}$' }), Type.Integer()])),
  }),
);

/** A record's own JSON objects: several in an answer of lnd's. Undefined for what is none of these. */
export function recordsIn(json: unknown): readonly unknown[] | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  if ('transactions' in json && Array.isArray(json.transactions)) return json.transactions;
  const isOne = 'txid' in json || 'tx_hash' in json || ('hash' in json && 'height' in json);
  return isOne ? [json] : undefined;
}

/** Throws a sentence that names the field where it does not fit. */
export function chainRecord(json: unknown): ChainRecord {
  if (typeof json === 'object' && json !== null) {
    if ('tx_hash' in json) return lndTransaction(lndJson.parse(json));
    if ('txid' in json) return coreTransaction(transactionJson.parse(json));
  }
  const { hash, height, time, confirmations, tx } = blockJson.parse(json);
  return {
    kind: 'block',
    from: tx === undefined ? 'getblockheader' : 'getblock',
    blockHash: hash,
    height,
    blockTime: time,
    isInChain: confirmations === undefined || confirmations > 0,
    ...(tx !== undefined && { txids: tx }),
  };
}

function coreTransaction(json: ReturnType<typeof transactionJson.parse>): TransactionRecord {
  const { blockhash, blocktime } = json;
  const transaction = transactionOf(json.hex, json.txid);
  const feeSat = feeOf(transaction, json);
  const isBlockLeft = json.in_active_chain === false || (json.confirmations ?? 1) < 1;
  return {
    kind: 'transaction',
    from: 'getrawtransaction',
    transaction,
    txid: transaction.txid,
    ...(blockhash !== undefined && { blockHash: blockhash }),
    ...(blocktime !== undefined && { blockTime: blocktime }),
    ...(isBlockLeft && blockhash !== undefined && { isBlockLeft }),
    ...(feeSat !== undefined && { feeSat }),
  };
}

/** The bytes are hashed: what is said of them must be said of these. */
function transactionOf(hex: string, txid: string): Transaction {
  const transaction = parseTransaction(hexToBytes(hex));
  if (transaction.txid === Txid(txid)) return transaction;
  throw new Error('its bytes are those of another transaction');
}

/** Core's own figure, and what its inputs hold beyond its outputs: where both are there they agree. */
function feeOf(
  { inputs, outputs }: Transaction,
  { fee, vin = [] }: ReturnType<typeof transactionJson.parse>,
): bigint | undefined {
  const stated = fee === undefined ? undefined : satOf(fee);
  const values = vin.flatMap(({ prevout }) => prevout?.value ?? []);
  if (values.length !== inputs.length || values.length !== vin.length) return stated;
  const spentSat = values.reduce((sum, value) => sum + satOf(value), 0n);
  const feeSat = spentSat - outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  if (feeSat < 0n || (stated !== undefined && stated !== feeSat)) {
    throw new Error('its fee is not what its inputs hold beyond its outputs');
  }
  return feeSat;
}

/** Core prints bitcoin with eight decimals; below 21 million a double holds them exactly enough. */
function satOf(bitcoin: number): bigint {
  return BigInt(Math.round(bitcoin * 1e8));
}

/** lnd's fee is that of its own transactions, and 0 for all others: there it is not known. */
function lndTransaction(json: ReturnType<typeof lndJson.parse>): TransactionRecord {
  const { block_hash: blockHash, block_height: height = 0 } = json;
  const transaction = transactionOf(json.raw_tx_hex, json.tx_hash);
  const feeSat = BigInt(json.total_fees ?? 0);
  const isInBlock = blockHash !== undefined && blockHash !== '' && height > 0;
  return {
    kind: 'transaction',
    from: 'listchaintxns',
    transaction,
    txid: transaction.txid,
    ...(isInBlock && { blockHash, height, blockTime: Number(json.time_stamp ?? 0) }),
    ...(feeSat > 0n && { feeSat }),
  };
}
