/** What was not recorded: listed as long as it is missing, and no longer once it was told. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import { findHtlc } from './channel-htlcs.ts';
import type { ChannelRow, GapRow } from './channel-row.ts';
import { setBounds } from './placed-times.ts';
import type { Handlers } from './projection.ts';

export const gapHandlers: Handlers<ChannelRow, ChannelEvent> = {
  RecordingGap(row, { data, happenedAt, timeBounds }) {
    // What is told later sorts before the gap: by now the row knows it (as does channel/state.ts).
    if (isFilled(row, data)) return;
    const { what, side, lastKnown, firstKnown, why } = data;
    const gap: GapRow = { what, why, at: happenedAt };
    setBounds(gap, 'atBounds', timeBounds);
    if (side !== undefined) gap.side = side;
    if (lastKnown !== undefined) gap.lastKnown = lastKnown;
    if (firstKnown !== undefined) gap.firstKnown = firstKnown;
    row.gaps.push(gap);
    if (what === 'commitments' || what === 'htlcs') row.totals.isAtLeast = true;
  },
};

function isFilled(row: ChannelRow, gap: ChannelEventData<'RecordingGap'>): boolean {
  const isLocal = gap.side === 'local';
  switch (gap.what) {
    case 'commitments':
      return reaches((isLocal ? row.local : row.remote)?.number, gap);
    case 'revocations':
      return reaches(isLocal ? row.localRevoked : row.remoteRevoked, gap);
    case 'htlcs':
      return isHtlcTold(row, gap);
    case 'close':
      return row.close?.kind !== undefined;
    case 'resolutions':
      return areOutputsResolved(row);
    case 'recorder-off':
      return false;
  }
}

function reaches(known: number | undefined, gap: ChannelEventData<'RecordingGap'>): boolean {
  const { side, firstKnown } = gap;
  if (side === undefined || firstKnown === undefined || known === undefined) return false;
  return known + 1 >= firstKnown;
}

/** Either ids were skipped, or one HTLC went and nobody said how. */
function isHtlcTold(row: ChannelRow, gap: ChannelEventData<'RecordingGap'>): boolean {
  const { side, lastKnown, firstKnown } = gap;
  if (side === undefined) return false;
  const direction = side === 'local' ? 'offered' : 'received';
  const next = side === 'local' ? row.nextOfferedId : row.nextReceivedId;
  if (firstKnown !== undefined) return next !== undefined && next >= firstKnown;
  if (lastKnown === undefined) return false;
  return findHtlc(row, direction, lastKnown)?.outcome !== undefined;
}

/** Everything the close left to claim, and every first-stage claim, was seen claimed. */
function areOutputsResolved({ close }: ChannelRow): boolean {
  if (close === undefined) return false;
  const { outputs } = close;
  return outputs.every(({ what, outcome, stage, sweepTxid }) => {
    if (stage === 'first') return outputs.some(({ outpoint }) => isOutputOf(outpoint, sweepTxid));
    return outcome !== undefined || !(what === 'to-local' || what.startsWith('htlc'));
  });
}

const isOutputOf = (outpoint: string, txid: string | undefined) => outpoint.split(':')[0] === txid;
