/** Parts of many streams, read together. */
import * as assert from 'uvu/assert';
import type { LocalStore } from '../../src/store/event-store.ts';
import type { WithLocalStore } from './local-contract.ts';
import { bodyOf } from './sample-events.ts';

export function partContract(
  test: WithLocalStore,
  interleaved: (store: LocalStore, count: number) => Promise<unknown>,
): void {
  test('parts of many streams are read, each in its order, however long they are', async (store) => {
    await interleaved(store, 700);
    const stored = [...store.allEvents()];
    const streams = [...new Set(stored.map(({ stream }) => stream))];
    for (const [from, to] of [
      [0, 0],
      [0, 900],
      [3, 150],
      [5, 4],
      [-2, 1],
    ] as const) {
      const parts = [...streams, 'nowhere'].map((stream, nth) => {
        return { stream, fromRevision: from + (nth % 2), toRevision: to };
      });
      const read = [...store.bodiesOfParts(parts)];
      for (const { stream, fromRevision, toRevision } of parts) {
        const isIn = (event: { readonly stream: string }) => event.stream === stream;
        const expected = stored.filter(isIn).filter(({ revision }) => {
          return revision >= fromRevision && revision <= toRevision;
        });
        assert.equal(read.filter(isIn).map(bodyOf), expected.map(bodyOf));
      }
    }
    assert.equal([...store.bodiesOfParts([])], []);
  });
}
