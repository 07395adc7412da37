/**
 * Reads the log of one run of Core Lightning's onchaind (`onchaind/test/onchainstress-data`): the messages
 * that lightningd sent it about a real mainnet close, and what it answered. For tests only: no node
 * keeps such a log. The log has heights and no times, so ten minutes a block are taken.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { bytesToHex, hexToBytes } from '../../../src/lightning/bytes.ts';
import { sha256 } from '../../../src/lightning/hashes.ts';
import {
  channelIdOfOutpoint,
  NodeId,
  type Outpoint,
  outpointOf,
  Txid,
} from '../../../src/lightning/ids.ts';
import type { ChannelObservation } from '../../../src/observation/observation.ts';

const LOG = new URL('../../fixtures/real/cln/onchainstress-data.gz', import.meta.url);

/** onchaind_wire.csv: the types of the messages that are read here. */
const INIT = 5001;
const SPENT = 5004;
const HTLC_TIMEOUT = 5010;

const NS_PER_BLOCK = 600_000_000_000n;
const GENESIS_NS = 1_231_006_505_000_000_000n;

interface Output {
  readonly script: string;
  readonly valueSat: bigint;
}

interface Parts {
  readonly txid: Txid;
  readonly inputs: readonly { readonly outpoint: Outpoint; readonly sequence: number }[];
  readonly outputs: readonly Output[];
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(hex: string) {
    this.#bytes = hexToBytes(hex, 'message');
  }

  bytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  hex(length: number): string {
    return bytesToHex(this.bytes(length));
  }

  number(length: number): number {
    return Number(this.big(length));
  }

  big(length: number): bigint {
    return BigInt(`0x${this.hex(length)}`);
  }

  txid(): Txid {
    return Txid(bytesToHex(this.bytes(32).slice().reverse()));
  }

  /** `tx_parts` (bitcoin/tx_parts.c): each part is there or not, behind a byte that says so. */
  parts(): Parts {
    const txid = this.txid();
    const inputs = this.#list(() => {
      const outpoint = outpointOf(this.txid(), this.number(4));
      const sequence = this.number(4);
      this.bytes(this.number(4));
      const witnesses = this.number(4);
      for (let item = 0; item < witnesses; item += 1) this.bytes(this.number(4));
      return { outpoint, sequence };
    });
    const outputs = this.#list(() => {
      return { script: this.hex(this.number(4)), valueSat: this.big(8) };
    });
    return { txid, inputs, outputs };
  }

  #list<T>(read: () => T): readonly T[] {
    const items: T[] = [];
    const count = this.number(4);
    for (let item = 0; item < count; item += 1) if (this.number(1) === 1) items.push(read());
    return items;
  }
}

interface Message {
  readonly line: number;
  readonly isAnswer: boolean;
  readonly type: number;
  readonly reader: Reader;
}

function messages(): readonly Message[] {
  const lines = gunzipSync(readFileSync(LOG)).toString('utf8').trim().split('\n');
  return lines.map((text, index) => {
    const [way, hex = ''] = text.split(' ');
    const reader = new Reader(hex);
    return { line: index + 1, isAnswer: way === 'write', type: reader.number(2), reader };
  });
}

function initOf({ reader }: Message) {
  reader.bytes(8);
  const secrets = reader.number(4);
  reader.bytes(secrets * (8 + 32));
  reader.bytes(32);
  const capacitySat = reader.big(8);
  reader.bytes(8 + 33 + 33);
  const [localDelay, remoteDelay] = [reader.number(4), reader.number(4)];
  reader.bytes(3 * 4);
  const dustLimitSat = reader.big(8);
  const ourBroadcastTxid = reader.txid();
  reader.bytes(reader.number(2));
  reader.bytes(reader.number(2));
  const wallet = NodeId(reader.hex(33));
  const isOpenerLocal = reader.number(1) === 0;
  const [local, remote] = [basepoints(reader), basepoints(reader)];
  const closing = reader.parts();
  const lockTime = reader.number(4);
  const height = reader.number(4);
  return {
    capacitySat,
    localDelay,
    remoteDelay,
    dustLimitSat,
    ourBroadcastTxid,
    wallet,
    isOpenerLocal,
    local,
    remote,
    closing,
    lockTime,
    height,
  };
}

/** Core Lightning's order: revocation, payment, htlc, delayed_payment. */
function basepoints(reader: Reader) {
  const [revocationBasepoint, paymentBasepoint, htlcBasepoint, delayedPaymentBasepoint] = [
    reader.hex(33),
    reader.hex(33),
    reader.hex(33),
    reader.hex(33),
  ];
  return { revocationBasepoint, paymentBasepoint, htlcBasepoint, delayedPaymentBasepoint };
}

/** BOLT 3, Commitment Transaction: 24 bits in the sequence, 24 in the locktime, veiled by both points. */
function commitmentNumber(init: ReturnType<typeof initOf>): number {
  const [opener, accepter] = init.isOpenerLocal
    ? [init.local, init.remote]
    : [init.remote, init.local];
  const points = hexToBytes(opener.paymentBasepoint + accepter.paymentBasepoint, 'points');
  const veil = BigInt(`0x${bytesToHex(sha256(points)).slice(-12)}`);
  const sequence = BigInt(init.closing.inputs[0]?.sequence ?? 0) & 0xffffffn;
  return Number(((sequence << 24n) | (BigInt(init.lockTime) & 0xffffffn)) ^ veil);
}

export function onchaindObservations(): readonly ChannelObservation[] {
  const all = messages();
  const first = all.find(({ type }) => type === INIT);
  if (first === undefined) throw new Error('the log has no init');
  const init = initOf(first);
  const { closing, height, capacitySat, wallet } = init;
  const fundingOutpoint = closing.inputs[0]?.outpoint;
  if (fundingOutpoint === undefined) throw new Error('the close has no input');
  const spent = all
    .filter(({ type }) => type === SPENT)
    .map(({ line, reader }) => {
      const parts = reader.parts();
      reader.bytes(4);
      return { line, parts, height: reader.number(4) };
    });
  // Told when each timeout is deep: in the order of the HTLCs' ids, as their transactions are.
  const timedOut = all
    .filter(({ type, isAnswer }) => isAnswer && type === HTLC_TIMEOUT)
    .map(({ reader }) => {
      reader.bytes(1 + 4);
      return reader.number(8);
    });
  const kinds = kindsOf(
    init,
    spent.map(({ parts }) => parts),
    timedOut,
  );
  const told = (line: number, atHeight: number, fact: ChannelFact): ChannelObservation => {
    const ns = GENESIS_NS + BigInt(atHeight) * NS_PER_BLOCK;
    return {
      chain: 'bitcoin',
      nodeId: wallet,
      source: 'onchaind-log',
      happenedAtNs: ns,
      recordedAtNs: ns,
      timeBasis: 'interpolated',
      blockHeight: atHeight,
      evidence: `onchainstress-data:${line}`,
      key: `${line}`,
      about: 'channel',
      channelId: channelIdOfOutpoint(fundingOutpoint),
      context: {
        fundingOutpoint,
        capacitySat,
        opener: init.isOpenerLocal ? 'local' : 'remote',
        local: { dustLimitSat: init.dustLimitSat, csvDelayBlocks: init.localDelay, ...init.local },
        remote: { csvDelayBlocks: init.remoteDelay, ...init.remote },
      },
      fact,
    };
  };
  const isOurs = closing.txid === init.ourBroadcastTxid;
  const outputs = closing.outputs.map(({ valueSat }, index) => {
    return { index, valueSat, ...(kinds[index] ?? { what: 'unknown' as const }) };
  });
  const paidSat = closing.outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  const close: ChannelFact = {
    type: 'ChannelClosed',
    data: {
      fundingOutpoint,
      closingTxid: closing.txid,
      height,
      kind: isOurs ? 'local-force' : 'remote-force',
      initiator: isOurs ? 'local' : 'remote',
      commitmentNumber: commitmentNumber(init),
      outputs,
      feeSat: capacitySat - paidSat,
    },
  };
  // The log has no node's id: the wallet's key stands for it.
  return [
    told(first.line, height, close),
    ...spent.map((claim) => told(claim.line, claim.height, claimOf(claim, closing, kinds, spent))),
  ];
}

type Kind = { readonly what: 'to-local' | 'to-remote' | 'htlc-offered'; readonly htlcId?: number };

/** BOLT 3 without anchors: a key's hash is the peer's; a timeout names its HTLC; the one left is ours. */
function kindsOf(
  { closing }: ReturnType<typeof initOf>,
  spends: readonly Parts[],
  timedOut: readonly number[],
): readonly Kind[] {
  const spentAgain = new Set(
    spends.flatMap(({ inputs }) => inputs.map(({ outpoint }) => outpoint.split(':')[0])),
  );
  const ids = [...timedOut];
  return closing.outputs.map(({ script }, index): Kind => {
    if (script.startsWith('0014')) return { what: 'to-remote' };
    const spend = spends.find(({ inputs }) =>
      inputs.some(({ outpoint }) => outpoint === outpointOf(closing.txid, index)),
    );
    // A second-stage transaction is one whose own output is claimed later.
    const id = spend !== undefined && spentAgain.has(spend.txid) ? ids.shift() : undefined;
    return id === undefined ? { what: 'to-local' } : { what: 'htlc-offered', htlcId: id };
  });
}

interface Claim {
  readonly parts: Parts;
  readonly height: number;
}

function claimOf(
  { parts, height }: Claim,
  closing: Parts,
  kinds: readonly Kind[],
  spent: readonly Claim[],
): ChannelFact {
  const { outpoint } = parts.inputs[0] ?? {};
  if (outpoint === undefined) throw new Error('a claim has no input');
  const [txid = '', index = ''] = outpoint.split(':');
  const isOfClose = txid === closing.txid;
  const from = isOfClose ? closing : spent.find((claim) => claim.parts.txid === txid)?.parts;
  const amountSat = from?.outputs[Number(index)]?.valueSat ?? 0n;
  const sweptSat = parts.outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  const what = isOfClose ? (kinds[Number(index)]?.what ?? 'unknown') : 'to-local';
  const isTimeout = what === 'htlc-offered';
  return {
    type: 'OutputResolved',
    data: {
      outpoint,
      what,
      stage: isTimeout ? 'first' : 'last',
      outcome: isTimeout ? 'timed-out' : what === 'to-remote' ? 'lost' : 'claimed',
      amountSat,
      sweptSat,
      feeSat: amountSat - sweptSat,
      sweepTxid: parts.txid,
      height,
    },
  };
}
