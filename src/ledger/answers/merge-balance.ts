/**
 * What several tellers say of one channel's balance, as one statement. The newest state wins, told as
 * exactly as anyone tells that same state: an exact copy of last month must not hide what a source of
 * whole satoshi said today.
 */
import type {
  ChannelRow,
  CloseRow,
  CommitmentRow,
  HtlcRow,
} from '../../../projections/channel-row.ts';
import type { Side } from '../../channel/fields.ts';
import { compareText, greatest, present } from './tellers.ts';

/** Whole satoshi are within one of the exact balance on each side (DESIGN §5). */
export const SAT_PRECISION_MSAT = 1000n;

interface Shown {
  readonly row: ChannelRow;
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
  readonly isExact: boolean;
  readonly at: string;
  /** Of the local commitment the balance was read from; none for a snapshot. */
  readonly number: number | undefined;
}

export type MergedBalance = Partial<
  Pick<
    ChannelRow,
    | 'localBalanceMsat'
    | 'remoteBalanceMsat'
    | 'precision'
    | 'balanceAt'
    | 'balanceAtBounds'
    | 'unexplainedMsat'
    | 'local'
    | 'remote'
    | 'localRevoked'
    | 'remoteRevoked'
    | 'nextOfferedId'
    | 'nextReceivedId'
    | 'htlcs'
  >
> &
  Partial<Pending>;

interface Pending {
  readonly pendingOfferedMsat: bigint;
  readonly pendingReceivedMsat: bigint;
  readonly pendingHtlcCount: number;
}

/** How far the channel has come, and how it was closed where that is told. */
interface Life {
  readonly status?: ChannelRow['status'];
  readonly closeKind?: CloseRow['kind'];
}

/**
 * `rows` in source order, and only those that speak of the funding in force. After the close what is
 * pending has not ended on chain yet: commitments no longer change. Where nobody told of HTLCs, which
 * there were and what is pending is not known, and left out.
 */
export function mergeBalance(
  rows: readonly ChannelRow[],
  { status = 'open', closeKind }: Life = {},
): MergedBalance {
  const shown = newestShown(rows.flatMap(shownBy));
  const local = newestCommitment(rows, 'local');
  const remote = newestCommitment(rows, 'remote');
  const htlcs = mergeHtlcs(rows, shown, local, remote);
  const areHtlcsKnown =
    [shown, local, remote].some((told) => told !== undefined) ||
    rows.some(tellsHtlcs) ||
    hasNoHtlcs(closeKind);
  return {
    ...present({
      localBalanceMsat: shown?.localBalanceMsat,
      remoteBalanceMsat: shown?.remoteBalanceMsat,
      precision: shown?.row.precision,
      balanceAt: shown?.row.balanceAt,
      balanceAtBounds: shown?.row.balanceAtBounds,
      unexplainedMsat: shown?.row.unexplainedMsat,
      local,
      remote,
      localRevoked: highest(rows, (row) => row.localRevoked),
      remoteRevoked: highest(rows, (row) => row.remoteRevoked),
      nextOfferedId: highest(rows, (row) => row.nextOfferedId),
      nextReceivedId: highest(rows, (row) => row.nextReceivedId),
    }),
    ...(areHtlcsKnown && { htlcs }),
    // Once all is resolved none is left, whichever there were.
    ...((areHtlcsKnown || status === 'resolved') &&
      sumsOf(pendingOf(htlcs, { status, shown, local, remote }))),
  };
}

/** Of a teller without commitments: the ids that follow the HTLCs it told. */
function tellsHtlcs({ nextOfferedId, nextReceivedId }: ChannelRow): boolean {
  return nextOfferedId !== undefined || nextReceivedId !== undefined;
}

/** Both ends sign such a close only when no HTLC is left (BOLT 2), or never added one. */
function hasNoHtlcs(kind: CloseRow['kind']): boolean {
  return kind === 'cooperative' || kind === 'funding-cancelled';
}

interface Told {
  readonly status: ChannelRow['status'];
  readonly shown: Shown | undefined;
  readonly local: CommitmentRow | undefined;
  readonly remote: CommitmentRow | undefined;
}

function pendingOf(
  htlcs: readonly HtlcRow[],
  { status, shown, local, remote }: Told,
): readonly HtlcRow[] {
  const isClosed = status === 'closed' || status === 'resolved';
  const isToldAlone = shown === undefined && local === undefined && remote === undefined;
  // No commitment tells which it holds: those that have not ended.
  if (isClosed || isToldAlone) return htlcs.filter(({ outcome }) => outcome === undefined);
  if (isSnapshotOnly(shown) || local === undefined) return htlcs;
  return htlcs.filter((htlc) => holds(local, htlc));
}

function sumsOf(pending: readonly HtlcRow[]): Pending {
  const sumOf = (direction: HtlcRow['direction']) =>
    pending.reduce((sum, h) => (h.direction === direction ? sum + h.amountMsat : sum), 0n);
  return {
    pendingOfferedMsat: sumOf('offered'),
    pendingReceivedMsat: sumOf('received'),
    pendingHtlcCount: pending.length,
  };
}

/** Whose balance is shown. */
export function tellerOfBalance(rows: readonly ChannelRow[]): ChannelRow | undefined {
  return newestShown(rows.flatMap(shownBy))?.row;
}

function shownBy(row: ChannelRow): readonly Shown[] {
  const { localBalanceMsat, remoteBalanceMsat, local } = row;
  if (localBalanceMsat === undefined || remoteBalanceMsat === undefined) return [];
  const isCommitments =
    local !== undefined &&
    local.localBalanceMsat === localBalanceMsat &&
    local.remoteBalanceMsat === remoteBalanceMsat;
  return [
    {
      row,
      localBalanceMsat,
      remoteBalanceMsat,
      isExact: row.precision === 'msat',
      at: row.balanceAt ?? '',
      number: isCommitments ? local.number : undefined,
    },
  ];
}

/**
 * Commitments are ordered by their number, which no clock can get wrong; snapshots by time. The newer
 * of the two winners is the answer, unless both say the same and the other says it more exactly.
 */
function newestShown(all: readonly Shown[]): Shown | undefined {
  const counted = greatest(
    all.filter((s) => s.number !== undefined),
    (a, b) => (a.number ?? 0) - (b.number ?? 0) || compareExact(a, b) || compareText(a.at, b.at),
  );
  const snapshots = all.filter((s) => s.number === undefined);
  const newest = greatest(snapshots, (a, b) => compareText(a.at, b.at) || compareExact(a, b));
  const seen = greatest(
    snapshots.filter((s) => newest !== undefined && agrees(s, newest)),
    (a, b) => compareExact(a, b) || compareText(a.at, b.at),
  );
  if (counted === undefined || seen === undefined) return counted ?? seen;
  if (newest === undefined || newest.at <= counted.at) return counted;
  return agrees(newest, counted) && compareExact(counted, seen) >= 0 ? counted : seen;
}

function compareExact(a: Shown, b: Shown): number {
  return Number(a.isExact) - Number(b.isExact);
}

/** By a teller that shows no commitments: its HTLCs are those of the snapshot. */
function isSnapshotOnly(shown: Shown | undefined): boolean {
  return shown !== undefined && shown.number === undefined && shown.row.local === undefined;
}

/** The same balances, as far as the coarser of the two can tell. */
function agrees(a: Shown, b: Shown): boolean {
  const toleranceMsat = a.isExact && b.isExact ? 0n : SAT_PRECISION_MSAT;
  return (
    isWithin(a.localBalanceMsat, b.localBalanceMsat, toleranceMsat) &&
    isWithin(a.remoteBalanceMsat, b.remoteBalanceMsat, toleranceMsat)
  );
}

export function isWithin(a: bigint, b: bigint, tolerance: bigint): boolean {
  const difference = a < b ? b - a : a - b;
  return difference <= tolerance;
}

function newestCommitment(rows: readonly ChannelRow[], side: Side): CommitmentRow | undefined {
  return greatest(
    rows.flatMap((row) => row[side] ?? []),
    (a, b) =>
      a.number - b.number ||
      Number(a.precision === 'msat') - Number(b.precision === 'msat') ||
      compareText(a.at, b.at),
  );
}

function highest(
  rows: readonly ChannelRow[],
  number: (row: ChannelRow) => number | undefined,
): number | undefined {
  return greatest(
    rows.flatMap((row) => number(row) ?? []),
    (a, b) => a - b,
  );
}

export function holds(commitment: CommitmentRow | undefined, htlc: HtlcRow): boolean {
  return commitment?.[htlc.direction].includes(htlc.id) ?? false;
}

/**
 * The HTLCs of whoever's balance is shown, with what the chosen commitments hold beyond them and
 * without what only an older commitment of that teller held.
 */
function mergeHtlcs(
  rows: readonly ChannelRow[],
  shown: Shown | undefined,
  local: CommitmentRow | undefined,
  remote: CommitmentRow | undefined,
): HtlcRow[] {
  const base = shown?.row ?? rows.find((row) => row.htlcs.length > 0);
  if (base === undefined) return [];
  if (isSnapshotOnly(shown)) return base.htlcs;
  const isHeld = (htlc: HtlcRow) => holds(local, htlc) || holds(remote, htlc);
  const wasHeld = (htlc: HtlcRow) => holds(base.local, htlc) || holds(base.remote, htlc);
  const merged = base.htlcs.filter((htlc) => isHeld(htlc) || !wasHeld(htlc));
  const known = new Set(merged.map(htlcKey));
  for (const htlc of rows.flatMap((row) => row.htlcs)) {
    if (!isHeld(htlc) || known.has(htlcKey(htlc))) continue;
    known.add(htlcKey(htlc));
    merged.push(htlc);
  }
  return merged;
}

function htlcKey(htlc: { readonly direction: string; readonly id: number }): string {
  return `${htlc.direction}/${htlc.id}`;
}
