import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path as demoPath } from '../http/served.ts';
import { printed, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';
import { tableOf } from './tables.ts';

const { browser, servers, served, lndPath, electrumPath, close } = await servedPages();
test.after(close);

const WIDE = { viewport: { width: 1440, height: 1200 } };
const thin = (number: number) =>
  new Intl.NumberFormat('en').format(number).replaceAll(',', '\u202f');

interface Problem {
  readonly rule: string;
  readonly detail: string;
  readonly whatToDo: string;
}

test('every problem is shown as the command prints it, with what to do about it', async () => {
  const context = await browser.newContext(WIDE);
  const { page, complaints } = await watchedPage(context, servers.lnd.port);
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/#/audit`);
  const expected: readonly Problem[] = JSON.parse(
    await printed('problems', '--json', '--ledger', lndPath),
  );
  assert.ok(expected.length > 0);
  await page.locator('[data-problem]').first().waitFor();
  const shown = [];
  for (const problem of await page.locator('[data-problem]').all()) {
    shown.push([
      await problem.getAttribute('data-problem'),
      await problem.locator('.detail').textContent(),
      await problem.locator('.remedy').textContent(),
    ]);
  }
  assert.equal(
    shown,
    expected.map(({ rule, detail, whatToDo }) => [rule, detail, `→ What to do: ${whatToDo}`]),
  );
  assert.equal(complaints, []);
  await context.close();
});

test('where nothing is wrong that is said, and what the command prints is nothing', async () => {
  const { port } = servers.electrum;
  assert.equal(JSON.parse(await printed('problems', '--json', '--ledger', electrumPath)), []);
  const context = await browser.newContext(WIDE);
  const { page, complaints } = await watchedPage(context, port);
  await page.goto(`http://127.0.0.1:${port}/#/audit`);
  await page.getByText('Nothing in quarantine, no contradiction, no gap.').waitFor();
  assert.is(await page.locator('[data-problem]').count(), 0);
  assert.equal(complaints, []);
  await context.close();
});

interface Report {
  readonly head: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly checked: number;
    readonly broken: number;
    readonly notCheckable: readonly { readonly why: string; readonly count: number }[];
  }[];
}

test('verify begins here, and comes to what the command prints', async () => {
  for (const [ledger, server] of served) {
    const context = await browser.newContext(WIDE);
    const { page, complaints } = await watchedPage(context, server.port);
    await page.goto(`http://127.0.0.1:${server.port}/#/audit`);
    await page.locator('.verified[data-state=never]').waitFor();
    await page.getByRole('button', { name: 'Verify with signatures' }).click();
    await page.locator('.verified[data-state=done]').getByText('Sound').waitFor();
    const text = await printed('verify', '--signatures', '--json', '--ledger', ledger);
    const { rules, head }: Report = JSON.parse(text);
    assert.equal(
      Object.entries(await tableOf(page, 'Rules')).map(([rule, cells]) => [
        rule,
        cells.checked,
        cells.broken,
        cells['could not be checked'],
      ]),
      rules.map(({ rule, checked, broken, notCheckable }) => [
        rule,
        thin(checked),
        thin(broken),
        notCheckable.map(({ why, count }) => `${thin(count)} ${why}`).join('; '),
      ]),
    );
    const heads = await page.locator('.head code').allTextContents();
    assert.equal(heads, [head, head]);
    assert.equal(complaints, []);
    await context.close();
  }
});

test('what is broken is red, and says what to do', async () => {
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  const report = {
    isSound: false,
    head: '00'.repeat(32),
    events: 3,
    streams: 1,
    rules: [
      { rule: 'row-is-whole', checked: 3, broken: 0, notCheckable: [] },
      { rule: 'digest-of-bytes', checked: 3, broken: 1, notCheckable: [] },
    ],
    broken: [{ rule: 'digest-of-bytes', where: 'position 2', detail: 'its digest is another' }],
  };
  await page.route('**/verify', (route) => route.fulfill({ json: { state: 'done', report } }));
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/audit`);
  await page.getByText('its digest is another').waitFor();
  const panel = page.getByRole('region', { name: 'Verify' });
  assert.match((await panel.locator('.remedy').textContent()) ?? '', /last sound backup/);
  assert.is(await page.locator('.verified .bad').count(), 1);
  assert.equal(Object.keys(await tableOf(page, 'Rules')), ['digest-of-bytes', 'row-is-whole']);
  await context.close();
});

interface Line {
  readonly stream: string;
  readonly type: string;
  readonly metadata: { readonly happenedAt: string };
}

test('the calendar covers the days between the first word of a recorder and its last', async () => {
  const lines = (await printed('tail', '--ledger', demoPath)).trimEnd().split('\n');
  const told: readonly Line[] = lines.map((line) => JSON.parse(line));
  const [started, stopped] = ['RecordingStarted', 'RecordingStopped'].map((type) =>
    told.filter((event) => event.type === type).map(({ metadata }) => metadata.happenedAt),
  );
  const [first = '', last = ''] = [started?.[0]?.slice(0, 10), stopped?.[0]?.slice(0, 10)];
  assert.is(started?.length, 3);
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(`http://127.0.0.1:${servers.demo.port}/#/audit`);
  const calendars = page.getByRole('group', { name: 'Calendar of the recording' });
  await calendars.nth(2).waitFor();
  assert.is(await calendars.count(), 3);
  const days = await calendars.first().locator('[data-covered]').all();
  const titles = await Promise.all(days.map((day) => day.getAttribute('title')));
  assert.equal(titles, [`${first}: 100 % covered`, `${last}: 100 % covered`]);
  // Of a record that was read out of files nobody can say which days it covers.
  await page.goto(`http://127.0.0.1:${servers.lnd.port}/#/audit`);
  await page.getByText('Read out of files').waitFor();
  assert.is(await calendars.count(), 0);
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.lnd;
  await assertSeenByAll(browser, { port, hash: '#/audit', ready: '[data-problem]' });
});

test.run();
