/** Everything a ledger answers, laid flat: one text for each place, so that two ledgers can be compared. */
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Query } from '../../src/ledger/query.ts';
import type { ChannelView, FeeChangeView } from '../../src/ledger/view-types.ts';

export type Answers = ReadonlyMap<string, string>;

/** How many events there are is not what they say. */
const BOOKKEEPING = ['eventCount', 'lastEventAt', 'eventId'];

export function answersOf(ledger: Ledger, query: Query = {}): Answers {
  const answers = new Map<string, string>();
  const put = (place: string, value: unknown) => flatten(answers, place, value);
  for (const channel of [...ledger.channels(query), ...ledger.closed(query)]) {
    put(placeOf('channels', channel), inNameOrder(channel));
  }
  for (const peer of ledger.peers(query)) put(`peers/${peer.nodeId}/${peer.peerId}`, peer);
  for (const change of ledger.fees(undefined, query)) put(feePlace(change), change);
  const seen = new Map<string, number>();
  for (const forward of ledger.forwards(query)) {
    const { incomingChannelId, incomingHtlcId = '?', nodeId } = forward;
    const name = `${nodeId}/${incomingChannelId}/${incomingHtlcId}`;
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    put(`forwards/${name}/${nth}`, forward);
  }
  for (const by of ['day', 'channel', 'peer'] as const) {
    for (const sum of ledger.forwardSums(by, query)) put(`sums/${by}/${sum.by}`, sum);
  }
  return answers;
}

export function placeOf(
  what: string,
  { nodeId, channelId }: { readonly nodeId: string; readonly channelId: string },
): string {
  return `${what}/${nodeId}/${channelId}`;
}

function feePlace(change: FeeChangeView): string {
  return `${placeOf('fees', change)}/${change.side}/${change.to.timestamp}`;
}

/** The names a channel goes by are a set. */
function inNameOrder(channel: ChannelView): ChannelView {
  return { ...channel, shortChannelIds: [...channel.shortChannelIds].sort() };
}

function flatten(answers: Map<string, string>, place: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) answers.set(place, String(value));
    return;
  }
  for (const [field, part] of Object.entries(value)) {
    if (!BOOKKEEPING.includes(field)) flatten(answers, `${place}/${field}`, part);
  }
}

/** The places where two ledgers answer differently, in order. */
export function differences(expected: Answers, actual: Answers): readonly string[] {
  const places = new Set([...expected.keys(), ...actual.keys()]);
  return [...places].filter((place) => expected.get(place) !== actual.get(place)).sort();
}
