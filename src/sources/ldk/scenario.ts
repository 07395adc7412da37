/**
 * The demo's plot: three nodes to which everything happens that happens to channels. It only drives the
 * nodes; what is recorded comes from their taps.
 */
import { accidentActs } from './acts/accidents.ts';
import { closingActs } from './acts/closing.ts';
import { openingActs } from './acts/opening.ts';
import { payingActs } from './acts/paying.ts';
import type { Act } from './acts/stage.ts';
import { Stage } from './acts/stage.ts';
import { SimulatedNetwork } from './network.ts';
import type { ScenarioOptions, ScenarioResult, ScenarioStep } from './plot.ts';

/** Plays the whole plot, one step a turn; the value returned is the network at its end. */
export async function* scenario(
  options: ScenarioOptions,
): AsyncGenerator<ScenarioStep, ScenarioResult> {
  const network = await SimulatedNetwork.create(options);
  const stage = new Stage(network, options);
  const acts: readonly Act[] = [...openingActs, ...payingActs, ...accidentActs, ...closingActs];
  for (const [index, act] of acts.entries()) {
    const step = { title: act.title, number: index + 1, count: acts.length };
    options.onStep?.(step);
    yield step;
    await act.play(stage);
    await stage.quiet(`after ${act.title}`);
  }
  return { network, payments: stage.paymentsTried };
}

/** Plays the whole plot without stopping. */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
  const plot = scenario(options);
  for (;;) {
    const turn = await plot.next();
    if (turn.done === true) return turn.value;
  }
}
