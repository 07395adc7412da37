/** The demo's plot as observations: whole nodes play it, their taps tell it, the translators read them. */
import { setTimeout } from 'node:timers/promises';
import type { NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import type { ScenarioStep } from './plot.ts';
import { scenario } from './scenario.ts';
import type { TapRecord } from './taps.ts';
import { Told } from './translate/header.ts';
import { LdkTranslator } from './translate/translator.ts';

const TELL_EVERY_MS = 50;
/** The only chain a simulated network has. */
export const DEMO_CHAIN = 'regtest';

export interface DemoRun {
  readonly payments: number;
  readonly seed?: string;
  readonly signal?: AbortSignal;
  readonly anchors?: boolean;
  readonly onStep?: (step: ScenarioStep) => void;
  /** Awaited at every step of the network, for tests that disturb the timing. */
  readonly pause?: () => Promise<void>;
}

/** Tells what happened after every step of the plot; ends early, between two steps, when aborted. */
export async function* demoObservations(run: DemoRun): AsyncGenerator<Observation> {
  const { payments, seed, signal, anchors = false, onStep, pause } = run;
  const teller = new NetworkTeller();
  const plot = scenario({
    sink: (record) => teller.hear(record),
    payments,
    anchors,
    ...(seed !== undefined && { seed }),
    ...(onStep && { onStep }),
    ...(pause && { pause }),
  });
  for (let isOver = false; !isOver && !signal?.aborted; ) {
    const turn = plot.next();
    // An act may take long: what it told so far is recorded meanwhile.
    let isActing = true;
    const end = turn.then(({ done }) => {
      isActing = false;
      isOver = done === true;
    });
    while (isActing) {
      await Promise.race([end, setTimeout(TELL_EVERY_MS)]);
      yield* teller.tell();
    }
    await end;
  }
  yield* teller.stopped('the demo was over');
}

/** The tap records of several nodes, translated node by node and told in the order they came. */
export class NetworkTeller {
  readonly #translators = new Map<NodeId, LdkTranslator>();
  readonly #last = new Map<NodeId, TapRecord>();
  #heard: Observation[] = [];

  hear(record: TapRecord): void {
    const { node } = record;
    const translator = this.#translators.get(node) ?? new LdkTranslator(DEMO_CHAIN);
    if (!this.#translators.has(node)) this.#heard.push(...started(record));
    this.#translators.set(node, translator);
    this.#last.set(node, record);
    this.#heard.push(...translator.translate(record));
  }

  /** Everything heard and not told yet. */
  tell(): readonly Observation[] {
    const told = this.#heard;
    this.#heard = [];
    return told;
  }

  /** A last word for every node. */
  stopped(why: string): readonly Observation[] {
    return [...this.#last.values()].map(({ node, seq, at }) => {
      const heard = { node, at, seq: seq + 1, kind: 'recorder-stopped' };
      const told = new Told(heard, DEMO_CHAIN, this.#translators.get(node)?.blockHeight ?? 0);
      return told.node({ type: 'RecordingStopped', data: { why } });
    });
  }
}

function started(record: TapRecord): readonly Observation[] {
  if (record.kind !== 'node-started') return [];
  const { alias } = record;
  const told = new Told({ ...record, seq: record.seq }, DEMO_CHAIN, record.blockHeight);
  return [told.node({ type: 'RecordingStarted', data: { recorder: 'the demo', alias } })];
}
