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
  return { htlcs, feerates, newest, whyPruned: whyPruned({ log }, htlcs, feerates) };
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
  [first, ...more]: readonly LoggedFeerate[],
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
  if (first?.local !== 0 || first.remote !== 0) return 'its first feerate is not in the update log';
  // Every commitment answers an update (BOLT 2): more of them than changes were not made by this log.
  const changes = 2 * htlcs.length + more.length;
  const newest = Math.max(log['1'].ctn, log['-1'].ctn);
  return newest > 2 * changes + 8
    ? `its update log holds ${changes} changes, and commitment ${newest} is the newest`
    : undefined;
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
  readonly htlcs: readonly LoggedHtlc[];
  readonly added: readonly LoggedHtlc[];
  readonly removed: readonly LoggedHtlc[];
  /** The newest commitment of the other side that is older than this one, as far as the log shows it. */
  readonly after: number;
}

/** Every commitment of a side from 0 on. Throws a LogError where one cannot be. */
export function* commitmentsOf(log: UpdateLog, side: Side): Generator<LoggedCommitment> {
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
    const htlcs = [...held];
    yield { side, number, feeratePerKw, htlcs, added: come, removed: gone, after };
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
