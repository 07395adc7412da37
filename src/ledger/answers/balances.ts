/** A channel's balance over time: one point for each event that changed what is shown. */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { timeText } from '../../schema/time.ts';
import type { EventPoint } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import { foldOf } from '../fold.ts';
import type { Query } from '../query.ts';
import type { RowAt } from '../rows.ts';
import type { BalancePoint } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import type { AnswerContext } from './context.ts';
import { mergeChannel } from './merge.ts';
import { asked } from './nodes.ts';
import { present } from './tellers.ts';
import { cutOfStream, eventsInOrder, isInCut } from './window.ts';

/** The types whose columns may hold what is shown as the balance. */
const BALANCE_TYPES = ['ChannelOpened', 'CommitmentUpdated', 'BalanceObserved', 'FundingReplaced'];

/**
 * As the teller tells it whose balance `channels` shows: points of several would jump between what
 * each rounds to. Oldest first.
 */
export function balances(
  context: AnswerContext,
  name: string,
  query: Query = {},
): readonly BalancePoint[] {
  const ours = asked(context, query);
  const { streams } = channelAtMoment(context, name, ours);
  const rows = streams.flatMap((stream) => context.rows.one(channelProjection, stream, ours) ?? []);
  const shown = shownTeller(rows);
  if (shown === undefined) return [];
  const points = isPlain(shown.row)
    ? pointsOfColumns(context, shown, ours)
    : pointsOfRow(context, shown.stream, ours);
  const capacitySat = onlyCapacity(rows);
  if (capacitySat === undefined) return points;
  return points.map((point) => ({ ...point, capacitySat: point.capacitySat ?? capacitySat }));
}

/** Who tells the balance need not tell the capacity: of a channel that had one funding another's word is as good. */
function onlyCapacity(rows: readonly RowAt<ChannelRow>[]): bigint | undefined {
  const { outpoints, capacitySat } = mergeChannel({ rows: rows.map(({ row }) => row) });
  return outpoints.length > 1 ? undefined : capacitySat;
}

function shownTeller(rows: readonly RowAt<ChannelRow>[]): RowAt<ChannelRow> | undefined {
  if (rows.length === 0) return undefined;
  const { balanceAt, localBalanceMsat } = mergeChannel({ rows: rows.map(({ row }) => row) });
  return rows.find(
    ({ row }) => row.balanceAt === balanceAt && row.localBalanceMsat === localBalanceMsat,
  );
}

/**
 * Columns tell the balance of every local commitment. That is what is shown as long as there is one
 * funding; an adopted channel begins with what the adoption told, which is in no column.
 */
function isPlain({ isAdopted, outpoints, candidates }: Readonly<ChannelRow>): boolean {
  return !isAdopted && outpoints.length <= 1 && candidates.length === 0;
}

function pointsOfColumns(
  { store }: AnswerContext,
  { stream, row }: RowAt<ChannelRow>,
  query: Query,
): readonly BalancePoint[] {
  const cut = cutOfStream(store, stream, query);
  const points: EventPoint[] = [];
  for (const point of store.streamPoints(stream, BALANCE_TYPES)) {
    if (point.amount1 !== null && cut !== undefined && isInCut(cut, point)) points.push(point);
  }
  if (store.isOutOfOrder(stream)) points.sort(comparePoints);
  return points.map(({ happenedAtNs, amount1, amount2 }) => ({
    at: timeText(happenedAtNs),
    ...present({ capacitySat: row.capacitySat }),
    localBalanceMsat: amount1 ?? 0n,
    remoteBalanceMsat: amount2 ?? 0n,
  }));
}

function comparePoints(a: EventPoint, b: EventPoint): number {
  if (a.happenedAtNs !== b.happenedAtNs) return a.happenedAtNs < b.happenedAtNs ? -1 : 1;
  return a.revision - b.revision;
}

const channelFold = foldOf(channelProjection);

function pointsOfRow(
  { store }: AnswerContext,
  stream: string,
  query: Query,
): readonly BalancePoint[] {
  const points: BalancePoint[] = [];
  const row = channelFold.initial(stream);
  let last: Partial<ChannelRow> = {};
  for (const event of eventsInOrder(store, stream, query)) {
    const at = happenedAtOf(event.metadata);
    channelFold.apply(row, event, at, stream);
    const { localBalanceMsat, remoteBalanceMsat, balanceAt, capacitySat } = row;
    if (localBalanceMsat === undefined || remoteBalanceMsat === undefined) continue;
    const isNew =
      last.balanceAt !== balanceAt ||
      last.capacitySat !== capacitySat ||
      last.localBalanceMsat !== localBalanceMsat ||
      last.remoteBalanceMsat !== remoteBalanceMsat;
    if (!isNew) continue;
    last = { ...present({ balanceAt, capacitySat }), localBalanceMsat, remoteBalanceMsat };
    points.push({ at, ...present({ capacitySat }), localBalanceMsat, remoteBalanceMsat });
  }
  return points;
}
