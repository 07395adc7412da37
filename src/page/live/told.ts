/** What a tab is told of an event: enough to know which answers it changes. */
export interface Told {
  readonly stream: string;
  readonly type: string;
  readonly eventId: string;
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
  return typeof name === 'string' ? { stream: name, type, eventId } : undefined;
}
