/** The demo's plot played for tests: its observations, or recorded as it goes, with LDK's own account. */
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { demoObservations, NetworkTeller } from '../../src/sources/ldk/demo.ts';
import type { QuietPoint } from '../../src/sources/ldk/plot.ts';
import { scenario } from '../../src/sources/ldk/scenario.ts';

/** Everything of the plot, and little traffic beside it. */
export const FEW_PAYMENTS = 60;

export interface Played {
  readonly seed: string;
  readonly payments?: number;
  readonly anchors?: boolean;
  /** Called once everything told so far is recorded. */
  readonly onQuiet?: (point: QuietPoint) => void | Promise<void>;
  /** The same, before every act of the plot. */
  readonly onStep?: (title: string) => void | Promise<void>;
}

/** A ledger in memory whose keys come from the seed. */
export function memoryLedger(seed: string): Promise<Ledger> {
  return openLedger(MEMORY, { create: true, seed });
}

/** Plays the plot and records it while it goes, whole at every quiet point. */
export async function playInto(ledger: Ledger, played: Played): Promise<void> {
  const { seed, payments = FEW_PAYMENTS, anchors = false, onQuiet, onStep } = played;
  const teller = new NetworkTeller();
  const record = async () => {
    await ledger.record(teller.tell());
  };
  const plot = scenario({
    seed,
    payments,
    anchors,
    sink: (record) => teller.hear(record),
    async onQuiet(point) {
      await record();
      await onQuiet?.(point);
    },
  });
  for await (const { title } of plot) {
    await record();
    await onStep?.(title);
  }
  await record();
  await ledger.record(teller.stopped('the demo was over'));
}

/** All observations of the plot, with little traffic. */
export async function playedObservations(seed: string): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  for await (const observation of demoObservations({ seed, payments: FEW_PAYMENTS })) {
    observations.push(observation);
  }
  return observations;
}
