/** What is in quarantine, tried again: it takes its place by the time it was first seen. */
import type { Observation } from '../observation/observation.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { onNodeStream, openQuarantine } from './quarantine.ts';
import type { RecordReport } from './recorder.ts';

/**
 * Records each observation that fits by now and releases it. Rounds go on while one helps another:
 * an opening let out may make room for all that followed it.
 */
export async function retryQuarantine(
  store: LocalStore,
  keyring: Keyring,
  record: (observations: readonly Observation[]) => Promise<RecordReport>,
): Promise<{ readonly released: number; readonly remaining: number }> {
  let released = 0;
  for (;;) {
    const waiting = openQuarantine(store, keyring);
    let releasedNow = 0;
    for (const { observation, observationId, rule, event } of waiting) {
      if (observation === undefined) continue;
      const report = await record([{ ...observation, isRetry: true, causationId: event.id }]);
      if (report.quarantined > 0) continue;
      const outcome = report.events > 0 ? 'recorded' : 'known';
      const data = { observationId, rule, outcome } as const;
      await record([onNodeStream(observation, { type: 'QuarantineReleased', data })]);
      releasedNow++;
    }
    released += releasedNow;
    const remaining = waiting.length - releasedNow;
    if (releasedNow === 0 || remaining === 0) return { released, remaining };
  }
}
