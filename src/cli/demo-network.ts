/** The demo's network recorded into a ledger. */
import { demoObservations } from '../sources/ldk/demo.ts';
import { loadLdk } from '../sources/ldk/load.ts';
import { SourceError } from './errors.ts';
import type { DemoNetwork } from './ledger-port.ts';

export const demoNetwork: DemoNetwork = {
  async prepare() {
    try {
      await loadLdk();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SourceError(`${reason} Nothing was recorded.`, { cause });
    }
  },
  async recordDemo(ledger, { payments, seed, anchors, signal, onStep, onProgress }) {
    const observations = demoObservations({
      payments,
      signal,
      onStep,
      ...(anchors !== undefined && { anchors }),
      ...(seed !== undefined && { seed }),
    });
    return await ledger.record(observations, { onProgress: (done) => onProgress(done) });
  },
};
