/** When the HTLCs of a log were offered, and what that tells of the commitments before and after. */
import type { Side } from '../../channel/fields.ts';
import { blockOf } from './transactions.ts';
import type { LoggedCommitment, LoggedHtlc, UpdateLog } from './update-log.ts';
import type { WalletChannel } from './wallet-schema.ts';

interface Offer {
  readonly htlc: LoggedHtlc;
  /** The second's beginning. */
  readonly atNs: bigint;
}

/**
 * The offers that a commitment answers, in the order of their times. Ids rise with time (BOLT 2): whose clock was
 * set back in between, offered it no earlier than the one before.
 */
export function offersOf({ added }: LoggedCommitment): readonly Offer[] {
  const last = { offered: 0, received: 0 };
  const offers = added.flatMap((htlc): Offer[] => {
    const { addedAt, direction } = htlc;
    if (addedAt === undefined) return [];
    last[direction] = Math.max(last[direction], addedAt);
    return [{ htlc, atNs: secondNs(last[direction]) }];
  });
  return offers.sort((a, b) => Number(a.atNs - b.atNs));
}

interface TimedRecords {
  readonly records: Record<string, unknown>;
  readonly channel: WalletChannel;
  readonly log: UpdateLog;
}

/** The earliest known times that are later than a commitment. */
export class LaterTimes {
  readonly #closingNs: bigint | undefined;
  readonly #offers: Readonly<Record<Side, Float64Array>>;

  constructor({ log, records, channel }: TimedRecords) {
    const closing = channel.closing_height && blockOf(records, channel.closing_height[0]);
    this.#closingNs = closing?.timeNs;
    this.#offers = { local: offersBehind(log, 'local'), remote: offersBehind(log, 'remote') };
  }

  /** Later than those of both sides that are the next: of a side, no later commitment has an earlier time. */
  from(next: Readonly<Record<Side, number>>): bigint | undefined {
    const known = [this.#closingNs, this.#offer('local', next), this.#offer('remote', next)];
    return known.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a));
  }

  /** Of the offers alone. */
  behindFirst(side: Side | undefined): bigint | undefined {
    return side && this.#offer(side, { local: 0, remote: 0 });
  }

  #offer(side: Side, next: Readonly<Record<Side, number>>): bigint | undefined {
    const second = this.#offers[side][next[side]] ?? Infinity;
    return second === Infinity ? undefined : secondNs(second);
  }
}

/**
 * By commitment: the second of the earliest offer that first holds in a later one. An HTLC is offered while the
 * commitment before is the newest that is signed.
 */
function offersBehind(log: UpdateLog, side: Side): Float64Array {
  const direction = side === 'remote' ? 'offered' : 'received';
  const newest = log.newest[side];
  const times = new Float64Array(newest + 1).fill(Infinity);
  for (const { direction: way, lockedIn, addedAt } of log.htlcs) {
    const from = lockedIn[side];
    if (way !== direction || from === undefined || from === 0 || addedAt === undefined) continue;
    const before = Math.min(from - 1, newest);
    times[before] = Math.min(times[before] ?? Infinity, addedAt);
  }
  for (let number = newest - 1; number >= 0; number--) {
    times[number] = Math.min(times[number] ?? Infinity, times[number + 1] ?? Infinity);
  }
  return times;
}

const secondNs = (second: number): bigint => BigInt(second) * 1_000_000_000n;
