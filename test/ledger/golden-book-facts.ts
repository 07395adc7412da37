/**
 * What the golden files say of a balance at a close, of a line of a log, of a transaction that a source keeps, of what a node booked, and
 * of a claim whose fee was derived: never changed, only added to (golden-channel-facts.ts).
 */
import type { ChannelDraft } from '../../src/channel/events.ts';
import { Outpoint, Txid } from '../../src/lightning/ids.ts';

const funding = Outpoint(`${'a1'.repeat(32)}:1`);
const hash = (n: number) => n.toString(16).padStart(2, '0').repeat(32);

export const bookFacts: readonly ChannelDraft[] = [
  {
    type: 'ChannelClosed',
    data: { kind: 'unknown', initiator: 'local', outputs: [], finalLocalBalanceMsat: 489_809_898n },
  },
  {
    type: 'CloseStarted',
    data: { by: 'local', reason: 'force close', saidAt: '2026-01-02T03:04:05.000000006Z' },
  },
  {
    type: 'OutputResolved',
    data: {
      outpoint: Outpoint(`${hash(0xf2)}:3`),
      what: 'to-local',
      stage: 'last',
      outcome: 'claimed',
      amountSat: 50_000n,
      sweptSat: 49_800n,
      feeSat: 200n,
      isFeeDerived: true,
    },
  },
  {
    type: 'TransactionKept',
    data: {
      txid: Txid(hash(0xf5)),
      purpose: 'commitment',
      fundingOutpoint: funding,
      side: 'local',
      commitmentNumber: 42,
      signatures: { scheme: 'ecdsa', commitment: 'e5'.repeat(64), htlcs: ['e6'.repeat(64)] },
    },
    secret: { raw: '02000000000102' },
  },
  {
    type: 'MovementBooked',
    data: {
      kind: 'chain',
      tags: ['channel_open', 'opener'],
      creditMsat: 1_000_000_000n,
      debitMsat: 0n,
      feesMsat: 101n,
      currency: 'bc',
      paymentLink: 'd3'.repeat(16),
      partId: '18446744073709551615',
      groupId: '969196407976652988',
      outpoint: funding,
      txid: Txid(hash(0xf6)),
      outputMsat: 2_000_000_000n,
      height: 800_003,
      originAccount: 'wallet',
      description: 'for coffee',
      isRebalance: true,
    },
    secret: { paymentHash: hash(0xd4) },
  },
  {
    type: 'OutputResolved',
    data: {
      outpoint: Outpoint(`${hash(0xf2)}:2`),
      what: 'htlc-offered',
      stage: 'first',
      outcome: 'timed-out',
      amountSat: 50_000n,
      sweepTxid: Txid(hash(0xf3)),
      nextOutpoint: Outpoint(`${hash(0xf3)}:1`),
    },
  },
  {
    type: 'MovementBooked',
    data: {
      kind: 'channel',
      book: 'bkpr-listaccountevents',
      tags: ['invoice'],
      creditMsat: 0n,
      debitMsat: 7_000n,
    },
  },
  {
    type: 'CommitmentUpdated',
    data: {
      side: 'remote',
      number: 45,
      fundingOutpoint: funding,
      localBalanceMsat: 749_774_000n,
      remoteBalanceMsat: 200_000_000n,
      precision: 'msat',
      feeratePerKw: 253,
      offered: [],
      received: [],
      perCommitmentPoint: `03${hash(0x32)}`,
      isPointDerived: true,
    },
  },
];
