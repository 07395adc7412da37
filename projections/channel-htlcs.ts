/** HTLCs in flight, and the lifetime totals that the settled ones add up to. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import type { Direction } from '../src/channel/fields.ts';
import type { ChannelRow, CommitmentRow, HtlcRow } from './channel-row.ts';
import type { Handlers } from './projection.ts';

export const htlcHandlers: Handlers<ChannelRow, ChannelEvent> = {
  HtlcAdded(row, { data, happenedAt }) {
    addHtlc(row, data, happenedAt);
    if (row.status === 'pending' || row.status === 'unknown') row.status = 'open';
  },
  HtlcSettled(row, { data }) {
    const htlc = findHtlc(row, data.direction, data.id);
    if (htlc !== undefined) htlc.outcome = 'settled';
    countSettled(row, data, htlc);
    letGo(row);
  },
  HtlcFailed(row, { data }) {
    const htlc = findHtlc(row, data.direction, data.id);
    if (htlc !== undefined) htlc.outcome = 'failed';
    row.totals.failedCount += 1;
    letGo(row);
  },
};

export function findHtlc(row: ChannelRow, direction: Direction, id: number): HtlcRow | undefined {
  return row.htlcs.find((htlc) => htlc.id === id && htlc.direction === direction);
}

/** Adds an HTLC, or what is newly told of one that a commitment after a gap told in full. */
export function addHtlc(
  row: ChannelRow,
  { id, direction, amountMsat, cltvExpiry, forwardOf }: ChannelEventData<'HtlcAdded'>,
  addedAt: string | undefined,
): void {
  const next = (direction === 'offered' ? row.nextOfferedId : row.nextReceivedId) ?? 0;
  if (id >= next && direction === 'offered') row.nextOfferedId = id + 1;
  else if (id >= next) row.nextReceivedId = id + 1;
  const known = row.htlcs.length === 0 ? undefined : findHtlc(row, direction, id);
  if (known !== undefined) {
    // A commitment told late may have held it before its adding was recorded with another.
    if (addedAt !== undefined && known.addedAt === undefined) known.addedAt = addedAt;
    if (forwardOf !== undefined) known.forwardOf = forwardOf;
    return;
  }
  const htlc: HtlcRow = { id, direction, amountMsat, cltvExpiry };
  if (forwardOf !== undefined) htlc.forwardOf = forwardOf;
  if (addedAt !== undefined) htlc.addedAt = addedAt;
  row.htlcs.push(htlc);
}

/** Counted when the first commitment drops it, or its claim is in a block. */
function countSettled(
  { totals }: ChannelRow,
  { direction, amountMsat }: ChannelEventData<'HtlcSettled'>,
  htlc: HtlcRow | undefined,
): void {
  if (direction === 'received') {
    totals.receivedMsat += amountMsat;
    totals.receivedCount += 1;
    return;
  }
  totals.sentMsat += amountMsat;
  totals.sentCount += 1;
  const forwardOf = htlc?.forwardOf;
  if (forwardOf === undefined) return;
  totals.forwardedMsat += amountMsat;
  totals.forwardedCount += 1;
  if (forwardOf.amountMsat === undefined) totals.isFeesEarnedAtLeast = true;
  else totals.feesEarnedMsat += forwardOf.amountMsat - amountMsat;
}

/** A source that tells many HTLCs and hardly a commitment would fill the row with those that ended. */
function letGo(row: ChannelRow): void {
  if (row.htlcs.length < MANY) return;
  const isHeld = heldIn(row);
  row.htlcs = row.htlcs.filter((htlc) => htlc.outcome === undefined || isHeld(htlc));
}

/** Forgets the HTLCs that no commitment of any funding holds any more. */
export function pruneHtlcs(row: ChannelRow, newest?: 'local' | 'remote'): void {
  const { htlcs } = row;
  if (htlcs.length === 0) return;
  const isHeld = htlcs.length < MANY ? heldByOne(row, newest) : heldIn(row);
  if (!htlcs.every(isHeld)) row.htlcs = htlcs.filter(isHeld);
}

/** From here on it pays to make a set of the ids first. */
const MANY = 32;

/** Asks the newest commitment first, which holds nearly all of them and costs nothing to ask. */
function heldByOne(
  { local, remote, candidates }: ChannelRow,
  newest: 'local' | 'remote' | undefined,
): (htlc: HtlcRow) => boolean {
  const [first, second] = newest === 'remote' ? [remote, local] : [local, remote];
  const hasCandidates = candidates.length > 0;
  return (htlc) => {
    if (holds(first, htlc) || holds(second, htlc)) return true;
    return (
      hasCandidates &&
      candidates.some((funding) => holds(funding.local, htlc) || holds(funding.remote, htlc))
    );
  };
}

function holds(commitment: CommitmentRow | undefined, { direction, id }: HtlcRow): boolean {
  return commitment?.[direction].includes(id) ?? false;
}

function heldIn(row: ChannelRow): (htlc: HtlcRow) => boolean {
  const held = { offered: new Set<number>(), received: new Set<number>() };
  for (const { local, remote } of [row, ...row.candidates]) {
    for (const commitment of [local, remote]) {
      for (const id of commitment?.offered ?? []) held.offered.add(id);
      for (const id of commitment?.received ?? []) held.received.add(id);
    }
  }
  return ({ direction, id }) => held[direction].has(id);
}
