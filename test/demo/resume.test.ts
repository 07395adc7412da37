/** Recording that stops and goes on: the time between is a gap, and two who record at once agree. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { observationText } from '../../src/ledger/observation-json.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { memoryLedger, playedObservations } from './play.ts';

const resuming = suite('recording that goes on after an end');
const racing = suite('two processes that record the same source');

const run = await playedObservations('resume');
/** Without the demo's own words about when it recorded. */
const told = run.filter(({ fact }) => !fact.type.startsWith('Recording'));
const nodes = [...new Set(run.map(({ nodeId }) => nodeId))];

/** In the middle of ordinary traffic: all three channels are open and paying. */
const stopAt = told.findIndex(({ fact }) => fact.type === 'PaymentForwarded') + 40;
/** While it is off, commitments of every channel are missed. */
const goesOnAt = stopAt + 400;

async function begin(ledger: Ledger) {
  const recordings = [];
  for (const nodeId of nodes) {
    const node = { nodeId, chain: 'regtest', source: 'ldk', recorder: 'a test' };
    recordings.push(await ledger.beginRecording(node));
  }
  return recordings;
}

function offGaps(ledger: Ledger): readonly string[] {
  return ledger
    .problems()
    .filter(({ detail }) => detail.includes('nobody was recording'))
    .map(({ nodeId, count, detail }) => `${nodeId} ${count} ${detail.match(/\d+ channels/)}`)
    .sort();
}

/** Every node's one pause, with how many channels it had open. */
function pausesOf(open: readonly string[]): readonly string[] {
  return nodes
    .map(
      (nodeId) => `${nodeId} 1 ${open.filter((name) => name.startsWith(nodeId)).length} channels`,
    )
    .sort();
}

function openChannels(ledger: Ledger): readonly string[] {
  return ledger
    .channels()
    .map(({ nodeId, channelId }) => `${nodeId} ${channelId}`)
    .sort();
}

for (const ending of ['a stop', 'a kill'] as const) {
  resuming(
    `after ${ending} has a gap for each open channel, and one problem for each node`,
    async () => {
      const path = join(temporaryDirectory(), 'ledger.db');
      const first = await openLedger(path, { create: true });
      const recordings = await begin(first);
      assert.equal(
        recordings.map(({ gaps }) => gaps),
        [0, 0, 0],
        'nothing was recorded before',
      );
      await first.recordBatch(told.slice(0, stopAt));
      if (ending === 'a stop') for (const recording of recordings) await recording.stop('enough');
      const open = openChannels(first);
      assert.equal(first.problems(), []);
      // A killed recorder closes nothing; its store is let go of so that the file can be removed.
      if (ending === 'a stop') await first.close();
      else await first.store.close();

      const second = await openLedger(path);
      const gaps = (await begin(second)).map((recording) => recording.gaps);
      assert.is(
        gaps.reduce((sum, count) => sum + count, 0),
        open.length,
      );
      assert.equal(offGaps(second), pausesOf(open));
      await second.recordBatch(told.slice(stopAt));
      assert.equal(offGaps(second), pausesOf(open), 'what was told since does not close it');
      assert.is(second.problems().length, nodes.length, 'and nothing else is missing');
      assert.equal((await second.verify()).broken, []);
      await second.close();
    },
  );
}

resuming('after missing 400 observations goes on without a contradiction', async () => {
  const ledger = await memoryLedger('resume');
  const whole = await memoryLedger('resume');
  await whole.recordBatch(told);
  await begin(ledger);
  await ledger.recordBatch(told.slice(0, stopAt));
  await begin(ledger);
  const report = await ledger.recordBatch(told.slice(goesOnAt));
  const problems = ledger.problems();
  assert.is(report.quarantined, 0, problems.map(({ detail }) => detail).join('\n'));
  assert.ok(problems.every(({ kind }) => kind === 'gap'));
  const known = new Map(whole.channels().map((view) => [`${view.nodeId} ${view.channelId}`, view]));
  assert.equal(openChannels(ledger), openChannels(whole));
  for (const view of ledger.channels()) {
    const { local, remote, htlcs, status } = view;
    const expected = known.get(`${view.nodeId} ${view.channelId}`);
    assert.equal(
      { status, htlcs, local: local?.number, remote: remote?.number },
      {
        status: expected?.status,
        htlcs: expected?.htlcs,
        local: expected?.local?.number,
        remote: expected?.remote?.number,
      },
    );
    // Without an exact commitment before it a balance is known to the satoshi (DESIGN §5).
    const offMsat = (view.localBalanceMsat ?? 0n) - (expected?.localBalanceMsat ?? 0n);
    const toleratedMsat = view.precision === 'msat' ? 0n : 999n;
    assert.ok(offMsat <= toleratedMsat && -offMsat <= toleratedMsat, `off by ${offMsat} msat`);
  }
  assert.equal((await ledger.verify()).broken, []);
});

racing('both succeed, and nothing is there twice', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'ledger.db');
  const file = join(directory, 'observations.ndjson');
  writeFileSync(file, told.map(observationText).join('\n'));
  // One seed for all, because payments are named by a keyed link.
  const seed = 'resume';
  await (await openLedger(path, { create: true, seed })).close();
  const reports = await Promise.all([startRecorder(path, file, 37), startRecorder(path, file, 41)]);

  const alone = await memoryLedger(seed);
  await alone.recordBatch(told);
  assert.equal(
    reports.map(({ quarantined }) => quarantined),
    [0, 0],
  );
  const together = await openLedger(path, { readonly: true, seed });
  assert.equal(factsOf(together), factsOf(alone));
  assert.equal(together.problems(), []);
  assert.equal((await together.verify()).broken, []);
  await together.close();
});

racing('or record it once more, add nothing', async () => {
  const ledger = await memoryLedger('resume');
  await ledger.recordBatch(told);
  const head = await ledger.store.head();
  const report = await ledger.recordBatch(told);
  assert.equal(
    { ...report, known: 0 },
    { observations: told.length, events: 0, known: 0, quarantined: 0 },
  );
  assert.equal(await ledger.store.head(), head);
});

resuming.run();
racing.run();

interface ChildReport {
  readonly events: number;
  readonly known: number;
  readonly quarantined: number;
}

async function startRecorder(path: string, file: string, batch: number): Promise<ChildReport> {
  const script = fileURLToPath(new URL('./child-recorder.ts', import.meta.url));
  const child = spawn(process.execPath, [script, path, file, String(batch), 'resume'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')]);
  assert.is(child.exitCode, 0, output);
  return JSON.parse(output) as ChildReport;
}

/** Every event's id by stream. */
function factsOf({ store }: Ledger): Readonly<Record<string, readonly string[]>> {
  const ids = (stream: string) => Array.from(store.streamEvents(stream), ({ id }) => id);
  const streams = [...store.streamNames('')].sort();
  return Object.fromEntries(streams.map((stream) => [stream, ids(stream)]));
}
