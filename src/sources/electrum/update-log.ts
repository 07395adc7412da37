/**
 * A channel's update log (electrum/lnhtlc.py): for every HTLC and feerate the number of the commitment,
 * on either side, from which it holds and no longer holds. Where nothing is missing, every commitment
 * there ever was follows from it.
 */
import { type Direction, otherSide, type Side } from '../../channel/fields.ts';
import type { SideLog, WalletChannel } from './wallet-schema.ts';

/** Commitment numbers from which a change holds; undefined: not yet. */
export type HoldsFrom = Readonly<Record<Side, number | undefined>>;

export interface LoggedHtlc {
  readonly id: number;
  readonly direction: Direction;
  readonly amountMsat: bigint;
  readonly paymentHash: string;
  readonly cltvExpiry: number;
  /** Seconds since 1970. */
  readonly addedAt: number | undefined;
  readonly lockedIn: HoldsFrom;
  readonly removed: (HoldsFrom & { readonly outcome: 'settled' | 'failed' }) | undefined;
}

export interface LoggedFeerate extends HoldsFrom {
  readonly feeratePerKw: number;
  readonly by: Side;
}

export interface UpdateLog {
  readonly htlcs: readonly LoggedHtlc[];
  readonly feerates: readonly LoggedFeerate[];
  /** Of the newest commitment whose predecessor is revoked. */
  readonly newest: Readonly<Record<Side, number>>;
  /** Why the past cannot be told from it; undefined: nothing is missing. */
  readonly whyPruned: string | undefined;
}

const KEY = { local: '1', remote: '-1' } as const;
/** BOLT 2, max_accepted_htlcs: each side offers at most so many at once. */
const MOST_HELD = 2 * 483;
/** Of all commitments together; Electrum accepts 30 at once, and half a million of its commitments are fewer. */
const MOST_TOLD = 20_000_000;

/** The log, or what in it contradicts itself. No secret in it. */
export function updateLogOf({ log, constraints }: WalletChannel): UpdateLog | string {
  const htlcs: LoggedHtlc[] = [];
  for (const side of ['local', 'remote'] as const) {
    const found = htlcsOf(log[KEY[side]], side === 'local' ? 'offered' : 'received');
    if (typeof found === 'string') return found;
    for (const htlc of found) htlcs.push(htlc);
  }
  const opener: Side = constraints.is_initiator ? 'local' : 'remote';
  const feerates = [...feeratesOf(log['1'], 'local'), ...feeratesOf(log['-1'], 'remote')].filter(
    // Electrum keeps a first feerate for both ends; only the opener's counts (BOLT 2, update_fee).
    ({ by }) => by === opener,
  );
  const newest = { local: log['1'].ctn, remote: log['-1'].ctn };
  return { htlcs, feerates, newest, whyPruned: whyPruned({ log }, htlcs, feerates, newest) };
}

function htlcsOf(log: SideLog, direction: Direction): LoggedHtlc[] | string {
  const htlcs: LoggedHtlc[] = [];
  for (const [key, [amount, paymentHash, cltvExpiry, id, addedAt]] of Object.entries(log.adds)) {
    const name = `${direction} HTLC ${id}`;
    const lockedIn = own(log.locked_in, key);
    if (String(id) !== key) return `${name} stands under another id`;
    if (lockedIn === undefined) return `${name} is in no commitment`;
    const [settled, failed] = [own(log.settles, key), own(log.fails, key)];
    if (settled !== undefined && failed !== undefined) return `${name} is both settled and failed`;
    const removed = settled ?? failed;
    htlcs.push({
      id,
      direction,
      amountMsat: BigInt(amount),
      paymentHash,
      cltvExpiry,
      addedAt: addedAt ?? undefined,
      lockedIn: holdsFrom(lockedIn),
      removed: removed && {
        ...holdsFrom(removed),
        outcome: settled === undefined ? 'failed' : 'settled',
      },
    });
  }
  return htlcs.sort((a, b) => a.id - b.id);
}

function feeratesOf({ fee_updates }: SideLog, by: Side): LoggedFeerate[] {
  return Object.keys(fee_updates)
    .filter((key) => /^[0-9]{1,9}$/.test(key))
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((key) => fee_updates[key] ?? [])
    .map(({ rate, ctn_local, ctn_remote }) => {
      return {
        feeratePerKw: rate,
        by,
        local: ctn_local ?? undefined,
        remote: ctn_remote ?? undefined,
      };
    });
}

function whyPruned(
  { log }: Pick<WalletChannel, 'log'>,
  htlcs: readonly LoggedHtlc[],
  feerates: readonly LoggedFeerate[],
  newest: UpdateLog['newest'],
): string | undefined {
  for (const [key, direction] of [
    ['1', 'offered'],
    ['-1', 'received'],
  ] as const) {
    const ids = htlcs.filter((htlc) => htlc.direction === direction).map(({ id }) => id);
    const isWhole = ids.length === log[key].next_htlc_id && ids.every((id, nth) => id === nth);
    if (!isWhole) {
      return `its update log holds ${ids.length} of ${log[key].next_htlc_id} ${direction} HTLCs`;
    }
  }
  const [first] = feerates;
  if (first?.local !== 0 || first.remote !== 0) return 'its first feerate is not in the update log';
  // Every commitment answers an update (BOLT 2): more of them than changes were not made by this log.
  const changes = [...htlcs.flatMap(({ lockedIn, removed }) => [lockedIn, removed]), ...feerates];
  const held = changes.filter((from) => from !== undefined && isHeld(from, newest)).length - 1;
  const last = Math.max(newest.local, newest.remote);
  return last > 2 * held + 8
    ? `its update log holds ${held} changes, and commitment ${last} is the newest`
    : undefined;
}

/** Whether a change is in a commitment that there is: one that is only announced made none. */
function isHeld({ local, remote }: HoldsFrom, newest: UpdateLog['newest']): boolean {
  return (local ?? Infinity) <= newest.local || (remote ?? Infinity) <= newest.remote;
}

function holdsFrom(numbers: { readonly '1': number | null; readonly '-1': number | null }) {
  return { local: numbers['1'] ?? undefined, remote: numbers['-1'] ?? undefined };
}

function own<V>(table: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** One side's commitment, and what made it another than the one before. */
export interface LoggedCommitment {
  readonly side: Side;
  readonly number: number;
  readonly feeratePerKw: number;
  /** What it holds, until the next commitment is asked for: a copy for each would fill the memory. */
  readonly htlcs: ReadonlySet<LoggedHtlc>;
  readonly added: readonly LoggedHtlc[];
  readonly removed: readonly LoggedHtlc[];
  /** The newest commitment of the other side that is older than this one, as far as the log shows it. */
  readonly after: number;
}

/** Every commitment of a side from 0 on. Throws a LogError where one cannot be. */
function* commitmentsOf(log: UpdateLog, side: Side): Generator<LoggedCommitment> {
  const added = Map.groupBy(log.htlcs, ({ lockedIn }) => lockedIn[side] ?? -1);
  const removed = Map.groupBy(log.htlcs, (htlc) => htlc.removed?.[side] ?? -1);
  const feerates = Map.groupBy(log.feerates, (feerate) => feerate[side] ?? -1);
  const held = new Set<LoggedHtlc>();
  const waitsFor = precedence(log, side);
  let feeratePerKw = 0;
  let after = 0;
  for (let number = 0; number <= log.newest[side]; number++) {
    const gone = removed.get(number) ?? [];
    const come = added.get(number) ?? [];
    for (const htlc of come) held.add(htlc);
    for (const htlc of gone) held.delete(htlc);
    if (held.size > MOST_HELD)
      throw new LogError(`${side} commitment ${number} holds ${held.size} HTLCs`);
    feeratePerKw = feerates.get(number)?.at(-1)?.feeratePerKw ?? feeratePerKw;
    after = Math.max(after, waitsFor.get(number) ?? 0);
    yield { side, number, feeratePerKw, htlcs: held, added: come, removed: gone, after };
  }
}

/** The log says what cannot be; the message holds no secret. */
export class LogError extends Error {
  override readonly name = 'LogError';
}

/**
 * Which of the other side's commitments was settled, its predecessor revoked, before each of this side's.
 * A change holds first in the commitment of whoever receives it (BOLT 2, Normal Operation). Once that one is
 * settled, it goes into the other side's next: behind the newest that is settled, where the other end
 * answers, and behind the newest that is signed, where we do (lnhtlc.py, recv_rev and send_rev).
 */
function precedence({ htlcs, feerates }: UpdateLog, side: Side): ReadonlyMap<number, number> {
  const other = otherSide(side);
  const waits = new Map<number, number>();
  const take = (by: Side, from: HoldsFrom) => {
    const [own, others] = [from[side], from[other]];
    if (own === undefined || others === undefined) return;
    const distance = by === side ? 0 : by === 'local' ? 1 : 2;
    waits.set(own, Math.max(waits.get(own) ?? 0, others - distance));
  };
  for (const { direction, lockedIn, removed } of htlcs) {
    const offerer: Side = direction === 'offered' ? 'local' : 'remote';
    take(offerer, lockedIn);
    if (removed !== undefined) take(otherSide(offerer), removed);
  }
  for (const feerate of feerates) take(feerate.by, feerate);
  return waits;
}

/**
 * Both sides' commitments in an order in which they can have been made. What the log leaves open goes to
 * the peer's first: it is the order of a payment sent. Throws a LogError where there is none.
 */
export function* inOrder(log: UpdateLog): Generator<LoggedCommitment> {
  const sides = { local: commitmentsOf(log, 'local'), remote: commitmentsOf(log, 'remote') };
  const next = { local: sides.local.next(), remote: sides.remote.next() };
  const done = { local: -1, remote: -1 };
  for (;;) {
    const { local, remote } = next;
    if (local.done && remote.done) return;
    const isReady = (one: typeof local, other: Side) => !one.done && one.value.after <= done[other];
    const first = (one: typeof local) => !one.done && one.value.number === 0;
    const side: Side | undefined =
      first(local) || first(remote)
        ? first(local)
          ? 'local'
          : 'remote'
        : isReady(remote, 'local')
          ? 'remote'
          : isReady(local, 'remote')
            ? 'local'
            : undefined;
    const step = side && next[side];
    if (side === undefined || step === undefined || step.done) {
      throw new LogError('its update log contradicts itself: no order of its commitments fits it');
    }
    yield step.value;
    done[side] = step.value.number;
    next[side] = sides[side].next();
  }
}

/** What is known of a log before any of its commitments is told. */
export interface LogOutline {
  /** The feerates of the first commitments, one for each side that has one. */
  readonly firstFeerates: readonly number[];
  /** Whose commitment 1 is made first. */
  readonly firstSide: Side | undefined;
}

/** Goes through all commitments once and keeps none. Throws a LogError where they cannot be told. */
export function outlineOf(log: UpdateLog): LogOutline {
  const firstFeerates: number[] = [];
  let firstSide: Side | undefined;
  let told = 0;
  for (const { side, number, feeratePerKw, htlcs } of inOrder(log)) {
    if (number === 0) firstFeerates.push(feeratePerKw);
    else firstSide ??= side;
    told += htlcs.size;
    if (told > MOST_TOLD) {
      throw new LogError(
        `its commitments hold more than ${MOST_TOLD} HTLCs together, and those of no wallet do`,
      );
    }
  }
  return { firstFeerates, firstSide };
}
