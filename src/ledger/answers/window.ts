/** Which events a question may see: those of its node and teller, known and happened by its moment. */
import { timeNsOf } from '../../schema/time.ts';
import type { EventBody, LocalStore, StoredEvent } from '../../store/event-store.ts';
import { MomentCuts, momentBeside } from '../as-of.ts';
import { happenedAtOf } from '../event-times.ts';
import { countHappened, logicalOrderOf, runsOf } from '../logical-order.ts';
import type { Query } from '../query.ts';
import { type Cut, lastInOrder } from '../view.ts';

/** For events found across streams: what a stream's cut is, is looked up once. */
export function windowOf(store: LocalStore, query: Query): (event: EventBody) => boolean {
  const cuts = new MomentCuts(store, query);
  const byStream = new Map<string, Cut | undefined>();
  return (event) => {
    const { stream } = event;
    if (!byStream.has(stream)) byStream.set(stream, cutOf(store, cuts, stream));
    const cut = byStream.get(stream);
    return cut !== undefined && isIn(cut, event);
  };
}

/** For many streams: what the question's moment means for a node is looked up once. */
export function cutsOf(store: LocalStore, query: Query): (stream: string) => Cut | undefined {
  const cuts = new MomentCuts(store, query);
  return (stream) => cutOf(store, cuts, stream);
}

function cutOf(store: LocalStore, cuts: MomentCuts, stream: string): Cut | undefined {
  const head = store.streamHead(stream);
  return head === undefined || !cuts.isAsked(stream) ? undefined : cuts.cutOf(head);
}

/** Which of one stream's events the question may see; undefined: none. */
export function cutOfStream(store: LocalStore, stream: string, query: Query): Cut | undefined {
  return cutsOf(store, query)(stream);
}

export function isInCut(
  { revision, happened }: Cut,
  event: { readonly revision: number; readonly happenedAtNs: bigint },
): boolean {
  if (event.revision > revision) return false;
  if (happened === undefined || event.happenedAtNs < happened.timeNs) return true;
  return event.happenedAtNs === happened.timeNs && event.revision <= happened.revision;
}

/** Reads the event's time only where the cut asks for it. */
export function isIn(cut: Cut, { revision, metadata }: EventBody): boolean {
  const happenedAtNs = cut.happened === undefined ? 0n : timeNsOf(happenedAtOf(metadata));
  return isInCut(cut, { revision, happenedAtNs });
}

/** A stream's events that the question may see, in logical order; of one that is in order from a revision on. */
export function* eventsInOrder(
  store: LocalStore,
  stream: string,
  query: Query,
  fromRevision = 0,
): Generator<StoredEvent> {
  const cut = cutOfStream(store, stream, query);
  if (cut === undefined || cut.revision < fromRevision) return;
  if (!store.isOutOfOrder(stream)) {
    for (const event of store.streamEvents(stream, { fromRevision, toRevision: cut.revision })) {
      if (!isIn(cut, event)) return;
      yield event;
    }
    return;
  }
  const order = logicalOrderOf(store, stream, cut.revision);
  const { happened } = cut;
  const count = happened === undefined ? order.revisions.length : countHappened(order, happened);
  for (const run of runsOf(order, 0, count)) yield* store.streamEvents(stream, run);
}

/** So many are read at once from a stream's end. */
const CHUNK_EVENTS = 256;

/** The same events from the last to the first; only as many are read as are taken, of a stream in order. */
export function* eventsFromLast(
  store: LocalStore,
  stream: string,
  query: Query,
): Generator<StoredEvent> {
  if (store.isOutOfOrder(stream)) {
    yield* [...eventsInOrder(store, stream, query)].reverse();
    return;
  }
  const cut = cutOfStream(store, stream, query);
  let toRevision = cut === undefined ? -1 : lastInOrder(store, stream, cut);
  while (toRevision >= 0) {
    const fromRevision = Math.max(0, toRevision - CHUNK_EVENTS + 1);
    yield* [...store.streamEvents(stream, { fromRevision, toRevision })].reverse();
    toRevision = fromRevision - 1;
  }
}

/**
 * A question about one channel, asked of what stands beside it (its gossip, its peer, its node's
 * forwards): a revision or a commitment number means nothing there, the moment it names does.
 */
export function queryBeside(store: LocalStore, streams: readonly string[], query: Query): Query {
  const { at, ...rest } = query;
  if (at === undefined) return query;
  for (const stream of streams) {
    const beside = momentBeside(store, stream, at);
    if (beside !== undefined) return { ...rest, at: beside };
  }
  return rest;
}
