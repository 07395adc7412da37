/** What Core Lightning's one balance means for each side's commitment, and which commitments it gave up. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { hexToBytes } from '../../../src/lightning/bytes.ts';
import { commitmentNumberOf } from '../../../src/lightning/closing.ts';
import { Outpoint, Txid } from '../../../src/lightning/ids.ts';
import type { Transaction } from '../../../src/lightning/transaction.ts';
import type { ChannelRecord } from '../../../src/sources/cln/channel-record.ts';
import { closeBy } from '../../../src/sources/cln/closing.ts';
import { balancesOf, type PendingHtlc } from '../../../src/sources/cln/commitments.ts';
import { htlcPhase } from '../../../src/sources/cln/htlc-state.ts';

const balances = suite("a channel's gross balances");

const channel = { ourMsat: 600_000_000n, capacitySat: 1_000_000n };

/** An HTLC in one of lightningd's states (common/htlc_state.h), counted from 0. */
function htlc(state: number, amountMsat: bigint, outcome?: 'settled' | 'failed'): PendingHtlc {
  const phase = htlcPhase(state);
  if (phase === undefined) throw new Error(`no state ${state}`);
  const direction = state < 10 ? 'offered' : 'received';
  const paymentHash = undefined;
  const forwardOf = undefined;
  return { id: 0, direction, amountMsat, cltvExpiry: 1, paymentHash, forwardOf, phase, outcome };
}

const both = (pending: readonly PendingHtlc[]) =>
  (['local', 'remote'] as const).map((side) => {
    const { localBalanceMsat, remoteBalanceMsat } = balancesOf(channel, pending, side);
    return [localBalanceMsat, remoteBalanceMsat];
  });

balances('leave out what we offered while it is held', () => {
  // SENT_ADD_ACK_REVOCATION is in both commitments.
  equal(both([htlc(4, 5_000n)]), [
    [599_995_000n, 400_000_000n],
    [599_995_000n, 400_000_000n],
  ]);
});

balances(
  'have what we paid on the other end once it is gone there, though our_msat has not',
  () => {
    // RCVD_REMOVE_COMMIT: the peer signed our commitment without it, theirs still has it.
    const gone = both([htlc(6, 5_000n, 'settled')]);
    equal(gone, [
      [599_995_000n, 400_005_000n],
      [599_995_000n, 400_000_000n],
    ]);
  },
);

balances('have what failed back with us once it is gone', () => {
  equal(both([htlc(6, 5_000n, 'failed')])[0], [600_000_000n, 400_000_000n]);
});

balances('have what we were paid with us once it is gone', () => {
  // SENT_REMOVE_COMMIT: we signed the peer's commitment without it, ours still has it.
  equal(both([htlc(16, 5_000n, 'settled')]), [
    [600_000_000n, 399_995_000n],
    [600_005_000n, 399_995_000n],
  ]);
  equal(both([htlc(16, 5_000n, 'failed')])[1], [600_000_000n, 400_000_000n]);
});

balances.run();

const closes = suite("a close by the peer's commitment");

const [ours, theirs] = [`02${'11'.repeat(32)}`, `03${'22'.repeat(32)}`];
/** As much of the record as tells whose commitment it is. */
const record = Object.assign(Object.create(null) as ChannelRecord, {
  opener: 'local',
  remoteNumber: 7,
  capacitySat: 1_000_000n,
  type: 'unknown',
  local: { paymentBasepoint: ours },
  remote: { paymentBasepoint: theirs },
});

/** BOLT 3: the number's upper half stands in the sequence, the lower one in the lock time, both obscured. */
function commitment(number: number): Transaction {
  const made = (obscured: bigint): Transaction => ({
    txid: Txid('ab'.repeat(32)),
    wtxid: Txid('ab'.repeat(32)),
    version: 2,
    inputs: [
      {
        outpoint: Outpoint(`${'cd'.repeat(32)}:0`),
        scriptSig: new Uint8Array(0),
        sequence: 0x80000000 + Number(obscured >> 24n),
        witness: [],
      },
    ],
    outputs: [],
    locktime: 0x20000000 + Number(obscured & 0xffffffn),
    weight: 400,
  });
  const factor = commitmentNumberOf(made(0n), hexToBytes(ours), hexToBytes(theirs));
  return made((factor ?? 0n) ^ BigInt(number));
}

closes('is no breach by either of its newest two, of which nobody says that one is revoked', () => {
  const kinds = [5, 6, 7].map((number) => closeBy(record, commitment(number), undefined));
  equal(
    kinds.map(({ kind, commitmentNumber }) => [commitmentNumber, kind]),
    [
      [5, 'breach'],
      [6, 'remote-force'],
      [7, 'remote-force'],
    ],
  );
});

closes('is a breach by the newest that is revoked', () => {
  is(closeBy(record, commitment(6), 6).kind, 'breach');
  is(closeBy(record, commitment(6), 5).kind, 'remote-force');
});

closes.run();
