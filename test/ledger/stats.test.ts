import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { observations } from '../cli/observation-lines.ts';

test('who asks again is told of every event, and of each once', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'stats' });
  const { store } = ledger;
  const counted = () => {
    const byType: Record<string, number> = {};
    let bytes = 0;
    const all = [...store.allEvents()];
    for (const { type, data, metadata } of all) {
      byType[type] = (byType[type] ?? 0) + 1;
      bytes += type.length + data.length + metadata.length;
    }
    const textBytesPerEvent = all.length === 0 ? 0 : Math.round(bytes / all.length);
    return { events: all.length, eventsByType: byType, textBytesPerEvent };
  };
  for (const part of [[], observations.slice(0, 2), [], observations.slice(2)]) {
    await ledger.recordBatch(part);
    // Two at once share a count, and neither misses what was there when it asked.
    for (const stats of await Promise.all([ledger.stats(), ledger.stats()])) {
      const { events, eventsByType, textBytesPerEvent } = stats;
      assert.equal({ events, eventsByType, textBytesPerEvent }, counted());
    }
  }
  assert.ok(counted().events >= observations.length);
  await ledger.close();
});

test.run();
