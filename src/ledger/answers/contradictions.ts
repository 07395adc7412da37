/** Who contradicts whom: tellers of one channel, and the two recorded ends of one channel. */
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { ProblemView } from '../view-types.ts';
import { mergeChannel } from './merge.ts';
import { contradicts, mirrored, type Statement, statementsOf } from './statements.ts';
import { compareText, groupedBy, inSourceOrder, present } from './tellers.ts';

export const ENDS_RULE = 'ends-mirror';

interface Claim extends Statement {
  readonly who: string;
}

/** Rows of one channel of one node, by its tellers. One problem for each thing they differ on. */
export function tellersThatDiffer(rows: readonly ChannelRow[]): readonly ProblemView[] {
  const tellers = inSourceOrder(rows);
  const [first] = tellers;
  if (first === undefined || tellers.length < 2) return [];
  const claims = tellers.flatMap((row) => {
    return statementsOf(row).map((statement): Claim => ({ ...statement, who: row.source }));
  });
  return differing(claims).map((about) => ({
    ...problemOf('tellers-differ', 'tellers-agree', first, about),
    nodeId: first.nodeId,
    whatToDo:
      'look at both accounts with --source, and import the newer copy of whichever is out of date',
  }));
}

export interface ComparedEnds {
  /** How many things both ends tell, and were held against each other. */
  readonly compared: number;
  /** Those that they tell otherwise. */
  readonly differing: readonly ProblemView[];
}

/** Rows of one channel by two recorded nodes: what is local to one must be remote to the other. */
export function comparedEnds(ends: readonly (readonly ChannelRow[])[]): ComparedEnds {
  const told = ends.filter((rows) => rows.length > 0);
  // Most channels have one end that is recorded: nothing is merged for those.
  if (told.length < 2) return { compared: 0, differing: [] };
  const views = told
    .map((rows) => mergeChannel({ rows }))
    .sort((a, b) => compareText(a.nodeId, b.nodeId));
  const [one, other] = views;
  if (one === undefined || other === undefined || !areEnds(one, other)) {
    return { compared: 0, differing: [] };
  }
  const seen = [
    ...statementsOf(one).map((statement): Claim => ({ ...statement, who: one.nodeId })),
    ...statementsOf(mirrored(other)).map((s): Claim => ({ ...s, who: other.nodeId })),
  ];
  const claims = seen.filter(isOfBothEnds);
  const ofBoth = things(claims).filter((about) => new Set(about.map(({ who }) => who)).size > 1);
  return {
    compared: ofBoth.length,
    differing: differing(ofBoth.flat()).map((about) => ({
      ...problemOf('ends-differ', ENDS_RULE, one, about),
      whatToDo:
        `compare "history" of both with --node; both are shown as ${one.nodeId.slice(0, 12)}… ` +
        'sees the channel, and one of the two records is incomplete or wrong',
    })),
  };
}

/** A breach is one to the end that was cheated; the other may take it for an ordinary close. */
function isOfBothEnds({ what, says }: Claim): boolean {
  return what !== 'kind of close' || says !== 'breach';
}

type End = Pick<ChannelRow, 'nodeId' | 'peerId'>;

function areEnds(one: End, other: End): boolean {
  const isPeer = (peerId: string | undefined, nodeId: string) =>
    peerId === undefined || peerId === nodeId;
  return isPeer(one.peerId, other.nodeId) && isPeer(other.peerId, one.nodeId);
}

/** Claims by the thing that they are about. */
function things(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  return [...groupedBy(claims, ({ what, scope }) => JSON.stringify([what, scope])).values()];
}

/** Claims about the same thing, where some contradict others. */
function differing(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  return things(claims).filter((about) => {
    return about.some((a, place) => about.slice(place + 1).some((b) => contradicts(a, b)));
  });
}

function problemOf(
  kind: 'tellers-differ' | 'ends-differ',
  rule: string,
  row: Pick<ChannelRow, 'channelId' | 'fundingOutpoint'>,
  about: readonly Claim[],
) {
  const { channelId, fundingOutpoint } = row;
  const times = [...about].sort((a, b) => compareText(a.at, b.at));
  const [first, last] = [times[0], times.at(-1)];
  return {
    kind,
    rule,
    subject: fundingOutpoint ?? channelId,
    channelId,
    count: 1,
    firstAt: first?.at ?? '',
    lastAt: last?.at ?? '',
    ...present({ firstAtBounds: first?.bounds, lastAtBounds: last?.bounds }),
    detail: `they differ on the ${about[0]?.what}`,
    sides: about.map(({ who, says }) => ({ who, says })),
  };
}
