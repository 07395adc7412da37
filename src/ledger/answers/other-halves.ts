/** The other halves of the forwards that were in flight, on other channels of the node. */
import { timeNsOf } from '../../schema/time.ts';
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import { timeBoundsOf } from '../event-times.ts';
import { addedBy, type ClosingCase, type InFlight, ofType } from '../forensics/case.ts';
import type { OtherHtlc } from '../forensics/dossier-htlcs.ts';
import { channelStream, parseStream } from '../streams.ts';
import type { Cut } from '../view.ts';
import { caseEventOf, caseEvents, type Reading } from './case-events.ts';
import { eventsInParts } from './in-parts.ts';
import { cutsOf } from './window.ts';

export async function otherHalves(
  reading: Reading,
  closing: ClosingCase,
  nodeId: string,
): Promise<readonly OtherHtlc[]> {
  const found: OtherHtlc[] = [];
  for (const { direction, id, forwardOf } of closing.inFlight) {
    if (forwardOf === undefined) continue;
    const half = { direction, id, channelId: forwardOf.channelId, htlcId: forwardOf.htlcId };
    found.push(await otherHalf(reading, half, { direction: 'received', nodeId }));
  }
  const received = closing.inFlight.filter(({ direction }) => direction === 'received');
  const since = sinceOf(received);
  const { store } = reading;
  const firstOf: FirstOf = (stream, cut) => firstSince(store, stream, cut, since);
  for (const half of await forwardedOn(reading, closing.channelId, { received, nodeId, firstOf })) {
    found.push(await otherHalf(reading, half, { direction: 'offered', nodeId, firstOf }));
  }
  return found;
}

type FirstOf = (stream: string, cut: Cut) => number;

type Half = Pick<OtherHtlc, 'direction' | 'id' | 'channelId' | 'htlcId'>;

/** Events that tell of an HTLC for the first time. */
const ADDING = ['HtlcAdded', 'ChannelAdopted', 'CommitmentUpdated'];
const ENDING = ['HtlcSettled', 'HtlcFailed'];

interface Sought {
  readonly direction: 'offered' | 'received';
  readonly nodeId: string;
  /** Where to begin; at the beginning without. */
  readonly firstOf?: FirstOf;
}

async function otherHalf(
  reading: Reading,
  half: Half,
  { direction, nodeId, firstOf = () => 0 }: Sought,
): Promise<OtherHtlc> {
  const streams = reading.store.streamNames(channelStream(nodeId, half.channelId, ''));
  // Looking at text first: most events of a channel need not be decoded.
  const named = new RegExp(`"id":${half.htlcId}[,}]`);
  const events = await caseEvents(reading, streams, {
    types: [...ADDING, ...ENDING],
    firstOf,
    isWanted: ({ data }) => named.test(data),
  });
  const isIt = (data: { readonly direction: string; readonly id: number }) =>
    data.direction === direction && data.id === half.htlcId;
  const added = events.find((event) => addedBy(event).some(isIt));
  const told = added && addedBy(added).find(isIt);
  const settled = ofType(events, 'HtlcSettled').find(({ fact }) => isIt(fact.data));
  const failed = ofType(events, 'HtlcFailed').find(({ fact }) => isIt(fact.data));
  const ended = settled ?? failed;
  return {
    ...half,
    ...(told && { amountMsat: told.amountMsat, cltvExpiry: told.cltvExpiry }),
    ...(ended && { outcome: settled === undefined ? 'failed' : 'settled' }),
    events: [added, ended].flatMap((event) => event ?? []),
  };
}

/**
 * What came in here and went out elsewhere: only the outgoing half names the incoming one. It cannot be
 * older, so that of each channel only what came since is read; and no more once all are found.
 */
async function forwardedOn(
  { store, query, slices }: Reading,
  channelId: string,
  { received, nodeId, firstOf }: Forwarding,
): Promise<readonly Half[]> {
  const missing = new Set(received.map(({ id }) => id));
  const cutOf = cutsOf(store, query);
  const halves: Half[] = [];
  for (const stream of store.streamNames(`channel-${nodeId}.`)) {
    if (missing.size === 0) break;
    if (slices.isOver) await slices.rest();
    const cut = cutOf(stream);
    if (cut === undefined) continue;
    const wanted = { types: ADDING, fromRevision: firstOf(stream, cut) };
    for await (const stored of eventsInParts(store, stream, cut, slices, wanted)) {
      for (const { forwardOf, id: htlcId } of addedNaming(stored, channelId)) {
        if (forwardOf?.channelId !== channelId || !missing.delete(forwardOf.htlcId)) continue;
        const other = parseStream(stream)?.subjectId ?? '';
        halves.push({ direction: 'received', id: forwardOf.htlcId, channelId: other, htlcId });
      }
      if (missing.size === 0) break;
    }
  }
  return halves;
}

interface Forwarding {
  readonly received: readonly InFlight[];
  readonly nodeId: string;
  readonly firstOf: FirstOf;
}

function addedNaming(stored: StoredEvent, channelId: string): ReturnType<typeof addedBy> {
  const event = stored.data.includes(channelId) ? caseEventOf(stored) : undefined;
  return event === undefined ? [] : addedBy(event);
}

/** Lists of one node are in whole seconds, and its log is not. */
const CLOCKS_NS = 60_000_000_000n;

/** Undefined where one of them may be older than what tells it. */
function sinceOf(received: readonly InFlight[]): bigint | undefined {
  const times = received.map(({ added: { at, bounds, fact } }) =>
    fact.type === 'HtlcAdded' ? timeNsOf(bounds === undefined ? at : (bounds.notBefore ?? at)) : 0n,
  );
  const first = times.reduce((a, b) => (b < a ? b : a), times[0] ?? 0n);
  return first === 0n ? undefined : first - CLOCKS_NS;
}

/** Where to begin in a stream, so that nothing is left out that may have happened since. */
function firstSince(
  store: LocalStore,
  stream: string,
  { revision: last }: Cut,
  sinceNs: bigint | undefined,
): number {
  if (sinceNs === undefined || store.isOutOfOrder(stream)) return 0;
  let first = store.revisionHappenedBy(stream, sinceNs - 1n) + 1;
  // What was placed stands at the beginning of the time that it may be of.
  for (; first > 0; first -= 1) {
    const range = { fromRevision: first - 1, toRevision: first - 1 };
    const [before] = first > last ? [] : store.streamBodies(stream, range);
    const bounds = before && timeBoundsOf(before.metadata);
    if (bounds === undefined) break;
    if (bounds.notAfter !== undefined && timeNsOf(bounds.notAfter) < sinceNs) break;
  }
  return first;
}
