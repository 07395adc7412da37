/** What needs a person's eye: one line for each cause, with its rule and what to do about it. */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow, GapRow } from '../../../projections/channel-row.ts';
import { nodeProjection } from '../../../projections/node.ts';
import type { Query } from '../query.ts';
import type { ProblemView } from '../view-types.ts';
import { companionsOf } from './companions.ts';
import type { AnswerContext } from './context.ts';
import { comparedEnds, tellersThatDiffer } from './contradictions.ts';
import { datedFunding } from './dated-funding.ts';
import { listGaps } from './list-gaps.ts';
import { listedByChannel } from './listed-sums.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { type MissedPart, pauseProblems } from './pauses.ts';
import { quarantineProblems } from './quarantine-problems.ts';
import { shortIdsOf } from './short-ids.ts';
import { sumChecks, sumProblems } from './stated-sums.ts';
import { compareText, groupedBy, present } from './tellers.ts';
import { truncatedStreams } from './truncated.ts';

const KINDS = [
  'quarantine',
  'bad-secret',
  'ends-differ',
  'tellers-differ',
  'unexplained',
  'gap',
  'not-checked',
] as const;

/** Contradictions first, then what is merely missing; oldest first. */
export function problems(context: AnswerContext, query: Query = {}): readonly ProblemView[] {
  const ours = asked(context, withoutChannelMoment(query));
  const rows = context.rows.all(channelProjection, ours).map(({ row }) => row);
  return [...problemParts(context, ours, rows)].flat().sort(compareProblems);
}

/** The same of the channels' `rows`, part by part and in no order: who asks may let others go on in between. */
export function* problemParts(
  context: AnswerContext,
  ours: Query,
  rows: readonly ChannelRow[],
): Generator<readonly ProblemView[]> {
  const byEnd = groupedBy(rows, (row) => `${row.nodeId}.${row.channelId}`);
  const byChannel = groupedBy(byEnd.values(), ([row]) => row?.channelId ?? '');
  yield [];
  const missed = [...byEnd.values()].flatMap(missedParts);
  const nodes = context.rows.all(nodeProjection, ours).map(({ row }) => row);
  const listed = listedByChannel(nodes, shortIdsOf(context));
  const companions = companionsOf(context, ours);
  const dated = (row: ChannelRow) => datedFunding(row, () => companions.blocks(row.nodeId));
  yield [];
  yield quarantineProblems(context, ours);
  yield truncatedStreams(context.store, ours);
  yield pauseProblems(missed.filter(isPause), nodes);
  yield listGaps(nodes);
  yield sumProblems(sumChecks(rows.map(dated), nodes, listed));
  yield gaps(missed.filter((part) => !isPause(part)));
  for (const tellers of byEnd.values()) {
    yield [...unexplained(tellers), ...tellersThatDiffer(tellers)];
  }
  for (const ends of byChannel.values()) yield comparedEnds(ends).differing;
}

function compareProblems(a: ProblemView, b: ProblemView): number {
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compareText(a.firstAt, b.firstAt) ||
    compareText(a.subject, b.subject) ||
    compareText(a.detail, b.detail)
  );
}

/** What is missing from a channel's record, as long as no teller has it. */
function missedParts(tellers: readonly ChannelRow[]): readonly MissedPart[] {
  return tellers.flatMap((row) => {
    return row.gaps
      .filter((gap) => !tellers.some((other) => other !== row && covers(other, gap)))
      .map((gap) => ({ row, gap }));
  });
}

const isPause = ({ gap }: MissedPart): boolean => gap.what === 'recorder-off';

/** By end, side and kind. */
function gaps(missed: readonly MissedPart[]): readonly ProblemView[] {
  const causes = groupedBy(missed, ({ row, gap }) =>
    JSON.stringify([row.nodeId, row.channelId, gap.what, gap.side]),
  );
  return [...causes.values()].flatMap((cause) => {
    const sorted = cause.sort((a, b) => compareText(a.gap.at, b.gap.at));
    const [first] = sorted;
    return first === undefined
      ? []
      : gapProblem(
          first.row,
          sorted.map(({ gap }) => gap),
        );
  });
}

/** There from the beginning, further than the gap, and without one like it. */
function covers(row: ChannelRow, { what, side, firstKnown }: GapRow): boolean {
  if (row.isAdopted || row.openedAt === undefined) return false;
  if (side === undefined || firstKnown === undefined) return false;
  if (row.gaps.some((own) => own.what === what && own.side === side)) return false;
  const known =
    what === 'commitments'
      ? row[side]?.number
      : what === 'revocations'
        ? row[`${side}Revoked`]
        : undefined;
  return known !== undefined && known + 1 >= firstKnown;
}

const MISSING =
  'tell what is missing, from the opening on, from a log of your own with "import observations": it takes the place of the gap; without one nothing can be done, and lifetime totals lack it';

function gapProblem(row: ChannelRow, all: readonly GapRow[]): readonly ProblemView[] {
  const [first] = all;
  const last = all.at(-1);
  if (first === undefined || last === undefined) return [];
  const { nodeId, channelId, fundingOutpoint } = row;
  const reasons = [...new Set(all.map((gap) => gap.why))].join('; ');
  return [
    {
      kind: 'gap',
      rule: 'recorded-without-gap',
      subject: fundingOutpoint ?? channelId,
      channelId,
      nodeId,
      count: all.length,
      firstAt: first.at,
      lastAt: last.at,
      ...present({ firstAtBounds: first.atBounds, lastAtBounds: last.atBounds }),
      detail: `${[...new Set(all.map(missingPart))].join('; ')} (${reasons})`,
      whatToDo: MISSING,
    },
  ];
}

function missingPart(gap: GapRow): string {
  const { lastKnown, firstKnown } = gap;
  const name = missingThings(gap);
  if (firstKnown === undefined) return `${name} are missing`;
  const last = firstKnown - 1;
  if (lastKnown === undefined && last > 0) return `${name} up to ${last} are missing`;
  const from = (lastKnown ?? -1) + 1;
  if (from < last) return `${name} ${from} to ${last} are missing`;
  return `${name.slice(0, -1)} ${last} is missing`;
}

/** An HTLC's side is who offered it. */
function missingThings({ what, side }: GapRow): string {
  if (what === 'htlcs') return `${side === 'remote' ? 'received' : 'offered'} HTLCs`;
  if (what === 'close') return 'facts of the close';
  return side === undefined ? what : `${side} ${what}`;
}

/** Balances that moved by more or less than the HTLCs a source told of, or lack a commitment's fee. */
function unexplained(tellers: readonly ChannelRow[]): readonly ProblemView[] {
  return tellers.flatMap((row): readonly ProblemView[] => {
    const { unexplainedMsat, nodeId, channelId, fundingOutpoint } = row;
    if (unexplainedMsat === undefined || unexplainedMsat === 0n) return [];
    const at = row.balanceAt ?? row.lastEventAt ?? '';
    const bounds = row.balanceAt === undefined ? row.lastEventAtBounds : row.balanceAtBounds;
    return [
      {
        kind: 'unexplained',
        rule: 'balance-explained',
        subject: fundingOutpoint ?? channelId,
        channelId,
        nodeId,
        count: 1,
        firstAt: at,
        lastAt: at,
        ...present({ firstAtBounds: bounds, lastAtBounds: bounds }),
        ...(isOfCommitment(row) ? unplacedFee(row) : unknownHtlc(row)),
      },
    ];
  });
}

type Unexplained = Pick<ProblemView, 'detail' | 'whatToDo'>;

/** Of a commitment all HTLCs are told: what its stated balances lack is what its opener pays. */
function isOfCommitment({ local, balanceAt }: ChannelRow): boolean {
  return local !== undefined && local.at === balanceAt;
}

function unplacedFee({ unexplainedMsat, source }: ChannelRow): Unexplained {
  return {
    detail:
      `${unexplainedMsat} msat are in neither balance ${source} states: fee, anchors and rounding ` +
      'of its commitment, which the opener pays, and who opened the channel is not known',
    whatToDo:
      'tell its opening from a record of your own with "import observations": later commitments then place them',
  };
}

function unknownHtlc({ unexplainedMsat, source }: ChannelRow): Unexplained {
  return {
    detail: `${unexplainedMsat} msat of the balance ${source} shows come from no known HTLC`,
    whatToDo:
      'tell the HTLCs from a record of your own with "import observations", or wait for its next snapshot',
  };
}
