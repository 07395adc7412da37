/** What a tab is told of an event: enough to know which answers it changes. */
export interface Told {
  readonly stream: string;
  readonly type: string;
  readonly eventId: string;
  /** Of a forward: the channels that it names, as it names them. */
  readonly ends?: readonly string[];
}

/** From the worker to a tab. */
export type News =
  | { readonly kind: 'events'; readonly told: readonly Told[] }
  /** What came meanwhile is not known: everything is to be asked again. */
  | { readonly kind: 'everything' }
  | { readonly kind: 'there'; readonly isThere: boolean };

const HEAD =
  /^\{"checkpoint":"[^"]*","stream":("(?:[^"\\]|\\.)*"),"revision":\d+,"position":\d+,"id":"([^"]*)","type":"([^"]*)"/;

/** The beginning of a line of `/events` says it all: its rest is not parsed. */
export function toldOf(line: string): Told | undefined {
  const [, stream, eventId, type] = HEAD.exec(line) ?? [];
  if (stream === undefined || eventId === undefined || type === undefined) return undefined;
  const name: unknown = JSON.parse(stream);
  if (typeof name !== 'string') return undefined;
  return FORWARDS.has(type)
    ? { stream: name, type, eventId, ends: endsOf(line) }
    : { stream: name, type, eventId };
}

const FORWARDS: ReadonlySet<string> = new Set(['PaymentForwarded', 'ForwardFailed']);
/** No text inside can look like it: its quotes are escaped. */
const END = /"(?:incoming|outgoing)(?:ShortC|C)hannelId":"([0-9a-fx]+)"/g;

function endsOf(line: string): readonly string[] {
  return [...line.matchAll(END)].flatMap(([, end]) => end ?? []);
}
