/** A stretch of the record, from one moment to another: which events lie in it. */
import { timeText } from '../../schema/time.ts';
import type { EventBody, LocalStore } from '../../store/event-store.ts';
import { MomentCuts } from '../as-of.ts';
import { ALL_AT_ONCE } from '../logical-order.ts';
import type { Moment, Query } from '../query.ts';
import type { Cut } from '../view.ts';
import { isIn, windowOf } from './window.ts';

/** Times: from the first nanosecond to before the last. Other moments: both belong to it. */
export interface Span {
  readonly fromNs?: bigint;
  readonly toNs?: bigint;
  readonly from?: Moment;
  readonly to?: Moment;
}

export type IsInSpan = (event: EventBody, at: string) => boolean;

/** Stored times sort as text, so that nothing has to be parsed. */
export function spanOf(store: LocalStore, { fromNs, toNs, from, to }: Span): IsInSpan {
  const first = fromNs === undefined ? '' : timeText(fromNs);
  const end = toNs === undefined ? undefined : timeText(toNs);
  const isBefore = from === undefined ? undefined : isBeforeMoment(store, from);
  const isUpTo = to === undefined ? undefined : windowOf(store, { at: to });
  return (event, at) =>
    at >= first &&
    (end === undefined || at < end) &&
    isBefore?.(event) !== true &&
    isUpTo?.(event) !== false;
}

/** Whether an event comes before all that the moment's own block, position, or commitment brought. */
function isBeforeMoment(store: LocalStore, from: Moment): (event: EventBody) => boolean {
  const previous = previousMoment(from);
  if (previous === 'none') return () => false;
  const cuts = new MomentCuts(store, { at: previous });
  const byStream = new Map<string, Cut | undefined>();
  return (event) => {
    const { stream } = event;
    if (!byStream.has(stream)) {
      const head = store.streamHead(stream);
      const cut = head && cuts.cutOf(head);
      byStream.set(stream, from.kind === 'commitment' ? cut && beforeLast(cut) : cut);
    }
    const cut = byStream.get(stream);
    return cut !== undefined && isIn(cut, event);
  };
}

/** The one just before; a commitment's own event is taken off its cut instead. */
function previousMoment(moment: Moment): Moment | 'none' {
  switch (moment.kind) {
    case 'time':
      return { kind: 'time', timeNs: moment.timeNs - 1n };
    case 'commitment':
      return moment;
    case 'height':
      return moment.height === 0 ? 'none' : { kind: 'height', height: moment.height - 1 };
    case 'position':
      return moment.position === 0 ? 'none' : { kind: 'position', position: moment.position - 1 };
    case 'revision':
      return moment.revision === 0 ? 'none' : { kind: 'revision', revision: moment.revision - 1 };
  }
}

function beforeLast({ revision, happened }: Cut): Cut {
  if (happened === undefined) return { revision };
  const { timeNs } = happened;
  return happened.revision === ALL_AT_ONCE
    ? { revision, happened: { timeNs: timeNs - 1n, revision: ALL_AT_ONCE } }
    : { revision, happened: { timeNs, revision: happened.revision - 1 } };
}

/** Every moment that a question names, so that one the channel never had can be refused. */
export function momentsOf({ at, from, to }: Query & Span): readonly Moment[] {
  return [at, from, to].flatMap((moment) => moment ?? []);
}
