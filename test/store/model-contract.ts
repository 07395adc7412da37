/** Random scripts of appends against the simplest model of a store: a list of lists. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { AppendRequest, EventStore } from '../../src/store/event-store.ts';
import type { Declare, MakeStore } from '../store-contract.ts';
import { collect, handedIn, sampleEvent, soakFactor } from './sample-events.ts';

/** Few streams and few event names, so that conflicts and repeated appends are frequent. */
const request = fc.record({
  stream: fc.constantFrom('a', 'b', 'c\0'),
  names: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
  expectedRevision: fc.integer({ min: -1, max: 4 }),
});
const script = fc.array(fc.array(request, { minLength: 1, maxLength: 4 }), { maxLength: 12 });

export function modelContract(test: Declare, makeStore: MakeStore<EventStore>, seed: number): void {
  test('any script of appends is answered as the simplest model answers it', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (calls) => {
        const store = await makeStore();
        try {
          await playAndCompare(
            store,
            calls.map((call) => call.map(requestOf)),
          );
        } finally {
          await store.close();
        }
      }),
      { seed, numRuns: 40 * soakFactor() },
    );
  });
}

function requestOf(drawn: {
  readonly stream: string;
  readonly names: readonly number[];
  readonly expectedRevision: number;
}): AppendRequest {
  // The bytes are the name's and its place's, so that some repetitions are true ones.
  const events = drawn.names.map((name) => sampleEvent(`${drawn.stream} ${name}`));
  return { stream: drawn.stream, events, expectedRevision: drawn.expectedRevision };
}

async function playAndCompare(
  store: EventStore,
  calls: readonly (readonly AppendRequest[])[],
): Promise<void> {
  const streams = new Map<string, string[]>();
  const log: string[] = [];
  for (const requests of calls) {
    const answers = (await store.appendMany(requests)).map((answer) =>
      answer.ok ? answer.lastRevision : { conflict: answer.actualRevision },
    );
    const lost = new Set<string>();
    assert.equal(
      answers,
      requests.map((one) => model(streams, log, lost, one)),
    );
  }
  const all = await collect(store.readAll());
  assert.equal(
    all.map((event) => `${event.stream} ${event.revision} ${JSON.stringify(handedIn(event))}`),
    log,
  );
}

function model(
  streams: Map<string, string[]>,
  log: string[],
  lost: Set<string>,
  { stream, events, expectedRevision }: AppendRequest,
): number | { readonly conflict: number } {
  const kept = streams.get(stream) ?? [];
  const wanted = events.map((event) => JSON.stringify(handedIn(event)));
  const actualRevision = kept.length - 1;
  if (expectedRevision === actualRevision && !lost.has(stream)) {
    for (const [index, text] of wanted.entries()) {
      log.push(`${stream} ${expectedRevision + 1 + index} ${text}`);
    }
    streams.set(stream, [...kept, ...wanted]);
    return expectedRevision + wanted.length;
  }
  const stored = kept.slice(expectedRevision + 1, expectedRevision + 1 + wanted.length);
  const isRepeated = stored.join('\n') === wanted.join('\n');
  if (isRepeated && !lost.has(stream)) return expectedRevision + wanted.length;
  lost.add(stream);
  return { conflict: actualRevision };
}
