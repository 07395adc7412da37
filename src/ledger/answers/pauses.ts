/** Times when the recorder was off: one cause for all channels of a node, however often it was. */
import type { ChannelRow, GapRow } from '../../../projections/channel-row.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import { timeNsOf } from '../../schema/time.ts';
import type { ProblemView } from '../view-types.ts';
import { compareText, groupedBy } from './tellers.ts';

export interface MissedPart {
  readonly row: ChannelRow;
  readonly gap: GapRow;
}

interface Pause {
  readonly from: string;
  readonly to: string;
  /** False where no recording says when it began: it is known by its end alone. */
  readonly isTimed: boolean;
}

/** One problem for each node and source whose recorder was off while channels of it were open. */
export function pauseProblems(
  missed: readonly MissedPart[],
  nodes: readonly NodeRow[],
): readonly ProblemView[] {
  const tellers = groupedBy(missed, ({ row }) => `${row.nodeId}.${row.source}`);
  return [...tellers.values()].flatMap((parts) => {
    const [first] = parts;
    if (first === undefined) return [];
    const { nodeId, source } = first.row;
    const node = nodes.find((row) => row.nodeId === nodeId && row.source === source);
    return pauseProblem(first.row, parts, pausesOf(parts, node));
  });
}

/** Reading a node's own database is not there yet: what a person can do now is tell it. */
const UNRECORDED =
  'what happened then can be told from a log of your own with "import observations"; without one nothing can be done, and lifetime totals lack that time';

function pauseProblem(
  { nodeId, source }: ChannelRow,
  parts: readonly MissedPart[],
  pauses: readonly Pause[],
): readonly ProblemView[] {
  const [first, last] = [pauses[0], pauses.at(-1)];
  if (first === undefined || last === undefined) return [];
  const channels = new Set(parts.map(({ row }) => row.channelId)).size;
  const sum = pauses.reduce((ns, { from, to }) => ns + (timeNsOf(to) - timeNsOf(from)), 0n);
  const total = pauses.every(({ isTimed }) => isTimed) ? `, ${lengthText(sum)} in all` : '';
  const times = pauses.length === 1 ? 'once' : `${pauses.length} times`;
  const since = last.isTimed ? ` from ${second(last.from)}` : '';
  const of = channels === 1 ? '1 channel was' : `${channels} channels were`;
  return [
    {
      kind: 'gap',
      rule: 'recorded-without-gap',
      subject: nodeId,
      nodeId,
      count: pauses.length,
      firstAt: first.from,
      lastAt: last.to,
      detail:
        `nobody was recording: the recorder of ${source} was off ${times}${total}, last${since} until ` +
        `${second(last.to)}; ${of} open meanwhile`,
      whatToDo: UNRECORDED,
    },
  ];
}

/** Each channel's gap was recorded at the beginning of the recording that ended the pause. */
function pausesOf(parts: readonly MissedPart[], node: NodeRow | undefined): readonly Pause[] {
  const pauses = new Map<string, Pause>();
  for (const { gap } of parts) {
    const turn = node?.recordings.findLastIndex(({ from }) => from <= gap.at) ?? -1;
    const [before, after] = [node?.recordings[turn - 1], node?.recordings[turn]];
    const isTimed = before?.to !== undefined && after !== undefined;
    const to = isTimed ? after.from : gap.at;
    const pause = { from: isTimed ? (before.to ?? to) : to, to, isTimed };
    // Of what nothing else is known, the reason says when it began, alike for all channels.
    pauses.set(isTimed ? to : gap.why, pause);
  }
  return [...pauses.values()].sort((a, b) => compareText(a.to, b.to));
}

const second = (time: string): string => `${time.slice(0, 19)}Z`;

const UNITS = [
  ['d', 86_400n],
  ['h', 3_600n],
  ['min', 60n],
  ['s', 1n],
] as const;

/** The two largest units: 3 h 12 min. */
function lengthText(ns: bigint): string {
  const seconds = ns / 1_000_000_000n;
  const from = UNITS.findIndex(([, size]) => seconds >= size);
  if (from < 0) return 'less than 1 s';
  let rest = seconds;
  const parts = UNITS.slice(from, from + 2).flatMap(([unit, size]) => {
    const count = rest / size;
    rest %= size;
    return count === 0n ? [] : [`${count} ${unit}`];
  });
  return parts.join(' ');
}
