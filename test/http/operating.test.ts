/** What whoever runs the server watches: whether it is ready, and its figures. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureText } from '../../src/http/problem.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { observations } from '../cli/observation-lines.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { listen } from './event-client.ts';
import { withServer } from './served.ts';

test('a server whose ledger was removed or replaced under it is not ready, and says why', async () => {
  const path = join(temporaryDirectory(), 'gone.db');
  const ledger = await openLedger(path, { create: true, seed: 'gone' });
  await withServer({ ledger }, async ({ ask }) => {
    const detail = async (): Promise<string> =>
      JSON.parse(await (await ask('/readyz')).text()).detail;
    assert.is((await ask('/readyz')).status, 200);
    renameSync(path, `${path}.aside`);
    assert.is((await ask('/readyz')).status, 503);
    assert.match(await detail(), /^the file of the ledger is gone: /);
    writeFileSync(path, 'another');
    assert.is((await ask('/readyz')).status, 503);
    assert.match(await detail(), /^the file of the ledger was replaced by another: /);
    rmSync(path);
    renameSync(`${path}.aside`, path);
    assert.is((await ask('/readyz')).status, 200);
  });
  await ledger.close();
});

test('nothing is answered of a ledger that is no longer there, and its streams end', async () => {
  const path = join(temporaryDirectory(), 'away.db');
  const ledger = await openLedger(path, { create: true, seed: 'away' });
  await ledger.record(observations);
  await withServer({ ledger, heartbeatMs: 20 }, async ({ ask, port }) => {
    const client = await listen(port);
    await client.until(1);
    const replay = await ask('/replay?speed=0.000001&maxPause=1000000');
    renameSync(path, `${path}.aside`);
    await client.ended();
    assert.not.match(await replay.text(), 'event: end');
    writeFileSync(path, 'another');
    for (const asked of ['/channels', '/stats', '/events', '/replay', '/metrics', '/events/1']) {
      const answer = await ask(asked);
      assert.is(answer.status, 503, asked);
      assert.match(await answer.text(), 'the file of the ledger was replaced by another', asked);
    }
    assert.is((await ask('/healthz')).status, 200);
    rmSync(path);
    renameSync(`${path}.aside`, path);
    assert.is((await ask('/channels')).status, 200);
  });
  await ledger.close();
});

test('the figures count what is recorded, and a kind of problem that is not there is 0', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'figures' });
  await ledger.record(observations.slice(0, 2));
  const before = [...ledger.store.allEvents()].length;
  await withServer({ ledger }, async ({ ask }) => {
    const value = async (name: string) => {
      const line = (await (await ask('/metrics')).text())
        .split('\n')
        .find((one) => one.startsWith(`channel_ledger_${name} `));
      return line?.split(' ')[1];
    };
    assert.is(await value('recorded_events_total'), '0');
    await ledger.record(observations.slice(2));
    const recorded = [...ledger.store.allEvents()].length - before;
    assert.ok(recorded > 0);
    assert.is(await value('recorded_events_total'), String(recorded));
    const kinds = [
      ...['quarantine', 'gap', 'unexplained', 'tellers-differ', 'ends-differ'],
      ...['bad-secret', 'not-checked'],
    ];
    for (const kind of kinds) assert.is(await value(`problems{kind="${kind}"}`), '0', kind);
  });
  await ledger.close();
});

test('no answer that holds up everybody is made for the figures', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'slices' });
  await ledger.record(observations);
  const value = () => assert.unreachable('one piece of work');
  const whole = { channels: { value }, closed: { value }, problems: { value } };
  await withServer({ ledger: Object.create(ledger, whole) }, async ({ ask }) => {
    const answer = await ask('/metrics');
    assert.is(answer.status, 200);
    const open = ledger.channels().length;
    assert.match(await answer.text(), new RegExp(`^channel_ledger_open_channels ${open}$`, 'm'));
  });
  await ledger.close();
});

test('what fails is told to whoever runs the server, and to the client without its inside', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'failing' });
  const failures: string[] = [];
  const broken = Object.create(ledger, {
    channels: {
      value() {
        throw new TypeError('the inside of it');
      },
    },
    peers: {
      value() {
        throw new StoreError('the disk is gone');
      },
    },
  });
  const onError = (error: unknown, where: string) => {
    failures.push(failureText(error, where));
  };
  await withServer({ ledger: broken, onError }, async ({ ask }) => {
    const failed = await ask('/channels?at=height:1');
    assert.is(failed.status, 500);
    assert.not.match(await failed.text(), 'inside');
    assert.is((await ask('/peers')).status, 503);
    assert.is((await ask('/channels?at=never')).status, 400);
    assert.is((await ask('/nowhere')).status, 404);
  });
  assert.is(failures.length, 2);
  const [asked = '', gone = ''] = failures;
  assert.match(
    asked,
    /^channel-ledger: GET \/channels\?at=height:1 failed: TypeError: the inside of it\n +at /,
  );
  assert.match(gone, /^channel-ledger: GET \/peers failed: StoreError: the disk is gone/);
  await ledger.close();
});

test.run();
