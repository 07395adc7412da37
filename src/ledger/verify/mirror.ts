/**
 * Where both ends of a channel are recorded, what is local to one must be remote to the other. Each thing
 * that both tell counts as checked; where only one end is recorded there is nothing to hold it against.
 */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { comparedEnds, ENDS_RULE } from '../answers/contradictions.ts';
import { parseStream } from '../streams.ts';
import { viewOf } from '../view.ts';
import { folded, type SumsOptions } from './sums.ts';

export const mirrorRules = [ENDS_RULE] as const;

const channelView = viewOf(channelProjection);

/** `streams`: of the whole ledger. Only those of channels with two recorded ends are folded again. */
export async function checkMirrors(
  streams: Iterable<string>,
  { findings, ...reading }: SumsOptions,
): Promise<void> {
  for (const [channelId, ends] of endsOf(streams)) {
    if (ends.size < 2) continue;
    const rows: ChannelRow[][] = [];
    let position = 0;
    for (const names of ends.values()) {
      const told: ChannelRow[] = [];
      for (const stream of names) {
        const { row, ...last } = await folded(channelView, stream, reading);
        told.push(row);
        position = Math.max(position, last.position);
      }
      rows.push(told);
    }
    const { compared, differing } = comparedEnds(rows);
    findings.kept(ENDS_RULE, compared - differing.length);
    for (const { detail, sides = [] } of differing) {
      const said = sides.map(({ who, says }) => `${who.slice(0, 12)}… says ${says}`).join(', ');
      const place = { position, where: `both ends of channel ${channelId}` };
      findings.broken(ENDS_RULE, place, `${detail}: ${said}`);
    }
  }
}

/** Each channel's streams, by the node that recorded them. */
function endsOf(streams: Iterable<string>): ReadonlyMap<string, ReadonlyMap<string, string[]>> {
  const channels = new Map<string, Map<string, string[]>>();
  for (const stream of streams) {
    const { category, nodeId = '', subjectId = '' } = parseStream(stream) ?? {};
    if (category !== 'channel') continue;
    const ends = channels.get(subjectId) ?? new Map<string, string[]>();
    ends.set(nodeId, [...(ends.get(nodeId) ?? []), stream]);
    channels.set(subjectId, ends);
  }
  return channels;
}
