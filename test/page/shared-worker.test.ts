/** The worker that all tabs share, run as it is written, with a browser's parts stood in for. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';

type Message = Readonly<Record<string, unknown>>;
const streams: { onopen?: () => void; onerror?: () => void; readyState: number }[] = [];
class Stream {
  static readonly CLOSED = 2;
  readyState = 0;
  constructor() {
    streams.push(this);
  }
}
let connected: ((event: { readonly ports: readonly object[] }) => void) | undefined;
Object.assign(globalThis, {
  addEventListener(_name: string, listener: typeof connected) {
    connected = listener;
  },
  EventSource: Stream,
  fetch: async () => new Response('{"lastCheckpoint":"7"}'),
});
// By its address: what it is made of is a browser's, and is checked there.
await import(new URL('../../src/page/live/worker.ts', import.meta.url).href);

function tab(): readonly Message[] {
  const heard: Message[] = [];
  connected?.({ ports: [{ postMessage: (message: Message) => heard.push(message) }] });
  return heard;
}
const kinds = (heard: readonly Message[]) => heard.map(({ kind }) => kind);

test('a tab that comes while the stream runs asks again what it asked before it was there', async () => {
  const first = tab();
  while (streams.length === 0) await new Promise((resolve) => setImmediate(resolve));
  streams[0]?.onopen?.();
  assert.equal(kinds(first), ['everything', 'there']);
  assert.equal(kinds(tab()), ['there', 'everything']);
  assert.equal(kinds(first), ['everything', 'there']);
  // While it is cut off there is nothing to hear: that it goes on is told to all.
  streams[0]?.onerror?.();
  assert.equal(tab(), [{ kind: 'there', isThere: false }]);
  streams[0]?.onopen?.();
  assert.equal(kinds(tab()), ['there', 'everything']);
  assert.is(streams.length, 1);
});

test.run();
