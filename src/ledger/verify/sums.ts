/**
 * Sums that a source states, held against what its records make up: each teller's by itself, its rows folded
 * from the events. Lists that are short of the totals leave a sum unexplained, and nothing wrong: what is
 * missing from them was deleted or never asked for (`problems` says how much). Lists that tell more than the
 * totals are wrong, or read twice. A source whose own figures of
 * one moment do not add up has told, or was heard to tell, something that is not so.
 */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { nodeProjection } from '../../../projections/node.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import type { RowBase } from '../../../projections/projection.ts';
import { type LocalStore, StoreError } from '../../store/event-store.ts';
import { listedByChannel } from '../answers/listed-sums.ts';
import { ShortIdsOfRows } from '../answers/short-ids.ts';
import { type SumUse, sumUses } from '../answers/stated-sums.ts';
import type { LedgerFact } from '../stored-event.ts';
import { foldOn, type View, viewOf } from '../view.ts';
import { logicalEvents } from './logical-events.ts';
import type { Pace } from './pace.ts';
import type { Findings, Place } from './report.ts';

const TOO_SHORT = 'the lists are short: see "problems"';

const channelView = viewOf(channelProjection);
const nodeView = viewOf(nodeProjection);

export interface SumsOptions {
  readonly store: LocalStore;
  readonly findings: Findings;
  readonly pace: Pace;
  readonly toPosition: number;
}

/** Whether this is what a sum is made of; of other streams nothing is folded. */
export function statesSum({ type, data }: LedgerFact): boolean {
  switch (type) {
    case 'ListRead':
      return true;
    case 'ChannelAdopted':
    case 'BalanceObserved':
      return data.totals !== undefined;
    case 'ChannelClosed':
      return data.settledBalanceSat !== undefined || data.timeLockedBalanceSat !== undefined;
    default:
      return false;
  }
}

/** `streams`: those that state a sum, or list what makes one up. */
export async function checkSums(
  streams: Iterable<string>,
  { findings, ...reading }: SumsOptions,
): Promise<void> {
  const all = [...streams];
  const nodes: NodeRow[] = [];
  for (const stream of all.filter((name) => name.startsWith('node-'))) {
    nodes.push((await folded(nodeView, stream, reading)).row);
  }
  const channels: ChannelAt[] = [];
  for (const stream of all.filter((name) => name.startsWith('channel-'))) {
    channels.push({ where: stream, ...(await folded(channelView, stream, reading)) });
  }
  // A list may call a channel by a short id alone: which one it is, all of them together tell.
  const names = new ShortIdsOfRows(channels.map(({ row }) => row));
  const listed = listedByChannel(nodes, names);
  for (const { row, ...place } of channels) {
    for (const use of sumUses([row], nodes, listed)) judge(use, place, findings);
  }
}

interface ChannelAt extends Place {
  readonly row: ChannelRow;
}

function judge(use: SumUse, place: Place, findings: Findings): void {
  if ('whyNot' in use) findings.notCheckable(use.rule, use.whyNot);
  else if (use.isShort) findings.notCheckable(use.rule, TOO_SHORT);
  else findings.judge(use.rule, place, use.isKept ? undefined : use.detail);
}

/** As far as it can be read: what cannot be, the replay has named. */
export async function folded<Row extends RowBase>(
  view: View<Row>,
  stream: string,
  { store, pace, toPosition }: Omit<SumsOptions, 'findings'>,
): Promise<{ readonly row: Row; readonly position: number }> {
  const row = view.fold.initial(stream);
  let position = 0;
  try {
    for (const event of logicalEvents(store, stream, toPosition)) {
      foldOn(view, row, [event]);
      position = event.position;
      if (pace.step()) await pace.rest();
    }
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
  }
  return { row, position };
}
