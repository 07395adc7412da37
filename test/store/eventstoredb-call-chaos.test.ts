/** The adapter behind something that loses and repeats answers, fails calls, and ends streams early. */
import { suite } from 'uvu';
import { callProxy } from './call-proxy.ts';
import { chaosRuns, runChaos } from './chaos-runs.ts';

const test = suite('EventStoreDB store behind failing calls');

test(`in ${chaosRuns} runs every acknowledged event is there exactly once, in its order`, () =>
  runChaos(callProxy));

test.run();
