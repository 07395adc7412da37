/** The demo's network recorded into a ledger. */
import { demoObservations } from '../sources/ldk/demo.ts';
import type { DemoNetwork } from './ledger-port.ts';

export const demoNetwork: DemoNetwork = {
  async recordDemo(ledger, { payments, seed, signal, onStep, onProgress }) {
    const observations = demoObservations({
      payments,
      signal,
      onStep,
      ...(seed !== undefined && { seed }),
    });
    return await ledger.record(observations, { onProgress: (done) => onProgress(done) });
  },
};
