/** The adapter on a connection whose bytes are held back, cut off and swallowed. */
import { suite } from 'uvu';
import { chaosProxy } from './chaos-proxy.ts';
import { chaosRuns, runChaos } from './chaos-runs.ts';

const test = suite('EventStoreDB store on a failing connection');

test(`in ${chaosRuns} runs every acknowledged event is there exactly once, in its order`, () =>
  runChaos(chaosProxy));

test.run();
