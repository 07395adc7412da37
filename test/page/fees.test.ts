import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { path } from '../http/served.ts';
import { printed, satText, watchedPage } from './browser.ts';
import { assertSeenByAll } from './looks.ts';
import { servedPages } from './served-pages.ts';
import { tableOf } from './tables.ts';

const { browser, servers, lndPath, electrumPath, close } = await servedPages();
test.after(close);
const address = `http://127.0.0.1:${servers.demo.port}/#/fees`;

const WIDE = { viewport: { width: 1440, height: 1200 } };

interface Policy {
  readonly feeBaseMsat: string;
  readonly feeProportionalMillionths: number;
  readonly isDisabled: boolean;
}

interface Change {
  readonly nodeId: string;
  readonly channelId: string;
  readonly side: 'local' | 'remote';
  readonly at: string;
  readonly from?: Policy;
  readonly to: Policy;
  readonly eventId: string;
}

interface Forward {
  readonly nodeId: string;
  readonly at: string;
  readonly outcome: string;
  readonly incomingChannelId: string;
  readonly outgoingChannelId: string;
  readonly feeMsat?: string;
}

const keyOf = (one: Change) => `${one.nodeId}.${one.channelId}.${one.side}.${one.eventId}`;
const grouped = (number: number | string) =>
  new Intl.NumberFormat('en').format(BigInt(number)).replaceAll(',', '\u202f');
const policyText = (policy: Policy) =>
  `${grouped(policy.feeBaseMsat)} + ${grouped(policy.feeProportionalMillionths)} ppm${policy.isDisabled ? ', off' : ''}`;

test('each policy is shown as the command prints it, now and as of a moment', async () => {
  const all: readonly Change[] = JSON.parse(await printed('fees', '--json', '--ledger', path));
  const moment = all.find(({ from }) => from !== undefined)?.at ?? '';
  const context = await browser.newContext(WIDE);
  const { page, complaints } = await watchedPage(context, servers.demo.port);
  for (const at of [undefined, moment]) {
    const asked = at === undefined ? [] : ['--at', at];
    const changes: readonly Change[] = JSON.parse(
      await printed('fees', '--json', '--ledger', path, ...asked),
    );
    assert.ok(changes.length > 0 && (at === undefined || changes.length < all.length));
    await page.goto(`${address}${at === undefined ? '' : `?at=${at}`}`);
    await page.reload();
    const shown = await tableOf(page, 'Fee policies');
    assert.equal(
      Object.entries(shown).map(([key, cells]) => [
        key,
        cells.side,
        cells['policy before, msat'],
        cells['policy after, msat'],
      ]),
      changes
        .map((one) => [
          keyOf(one),
          one.side === 'local' ? 'ours' : 'theirs',
          one.from === undefined ? 'first told' : policyText(one.from),
          policyText(one.to),
        ])
        .reverse(),
    );
  }
  assert.equal(complaints, []);
  await context.close();
});

test('a wallet’s policies are those the command prints, and a record without any says so', async () => {
  const context = await browser.newContext(WIDE);
  const { port } = servers.electrum;
  const { page, complaints } = await watchedPage(context, port);
  const changes: readonly Change[] = JSON.parse(
    await printed('fees', '--json', '--ledger', electrumPath),
  );
  assert.equal(
    changes.map(({ side, to }) => [side, policyText(to)]),
    [
      ['remote', '1\u202f000 + 100 ppm, off'],
      ['remote', '1\u202f000 + 100 ppm'],
    ],
  );
  await page.goto(`http://127.0.0.1:${port}/#/fees`);
  assert.equal(
    Object.entries(await tableOf(page, 'Fee policies')).map(([key, cells]) => [
      key,
      cells['policy after, msat'],
      cells['brought after'],
    ]),
    changes.map((one) => [keyOf(one), policyText(one.to), 'no forward']).reverse(),
  );
  assert.equal(complaints, []);
  assert.equal(JSON.parse(await printed('fees', '--json', '--ledger', lndPath)), []);
  const lnd = await watchedPage(context, servers.lnd.port);
  await lnd.page.goto(`http://127.0.0.1:${servers.lnd.port}/#/fees`);
  await lnd.page.getByRole('heading', { name: 'No fee policy' }).waitFor();
  await context.close();
});

/** Worked out here once more, from what the commands print. */
function expectedTerm(forwards: readonly Forward[], of: Change, next: Change | undefined): string {
  const end = of.side === 'local' ? 'outgoingChannelId' : 'incomingChannelId';
  const touched = forwards
    .filter((one) => one.nodeId === of.nodeId && one[end] === of.channelId)
    .filter(({ at }) => at >= of.at && (next === undefined || at < next.at));
  if (touched.length === 0) return 'no forward';
  const fees = touched.reduce((sum, { feeMsat = '0' }) => sum + BigInt(feeMsat), 0n);
  const done = touched.filter(({ outcome }) => outcome === 'forwarded').length;
  // Under another's policy nothing is earned by us: it was where the payment went out.
  const earned = of.side === 'local' ? 'earned' : 'earned further on';
  return `${satText(fees)} sat ${earned} ${done} of ${touched.length}`;
}

test('beside each change stand the forwards and fees before it and after it', async () => {
  const changes: readonly Change[] = JSON.parse(await printed('fees', '--json', '--ledger', path));
  const forwards: readonly Forward[] = JSON.parse(
    await printed('forwards', '--json', '--ledger', path),
  );
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(address);
  const shown = await tableOf(page, 'Fee policies');
  const expected = changes.map((change) => {
    const own = changes.filter(
      (one) =>
        one.side === change.side &&
        one.nodeId === change.nodeId &&
        one.channelId === change.channelId,
    );
    const place = own.indexOf(change);
    const before = own[place - 1];
    return [
      keyOf(change),
      before === undefined ? '' : expectedTerm(forwards, before, change),
      expectedTerm(forwards, change, own[place + 1]),
    ];
  });
  assert.equal(
    Object.entries(shown)
      .map(([key, cells]) => [
        key,
        termText(cells['brought before']),
        termText(cells['brought after']),
      ])
      .reverse(),
    expected,
  );
  assert.ok(expected.some(([, , after = '']) => after.startsWith('57.510 sat')));
  await context.close();
});

/** `57.510 sat earned2 forwards of 45 345.678 sat, 3 failed` in the words of expectedTerm. */
function termText(text = ''): string {
  const [, fees, done, failed = '0'] =
    /^(.+ sat earned(?: further on)?)(?:, (?:more|less) by the day .)?(\d+) forwards? of [^,]+(?:, (\d+) failed)?$/.exec(
      text,
    ) ?? [];
  return fees === undefined ? text : `${fees} ${done} of ${Number(done) + Number(failed)}`;
}

test('a filter, a side and changes alone show fewer of them', async () => {
  const context = await browser.newContext(WIDE);
  const { page } = await watchedPage(context, servers.demo.port);
  await page.goto(address);
  const changes: readonly Change[] = JSON.parse(await printed('fees', '--json', '--ledger', path));
  await page.locator('[data-row]').first().waitFor();
  await page.getByLabel('Changes only').check();
  await page.getByRole('combobox', { name: 'Side' }).selectOption('local');
  const wanted = changes.filter(({ side, from }) => side === 'local' && from !== undefined);
  assert.equal(Object.keys(await tableOf(page, 'Fee policies')), wanted.map(keyOf).reverse());
  await page.getByRole('searchbox').fill('nothing is called that');
  await page.getByText(`0 of ${changes.length}`).waitFor();
  await context.close();
});

test('nothing serious stands in the way of anybody: light, dark, and on a phone', async () => {
  const { port } = servers.demo;
  await assertSeenByAll(browser, { port, hash: '#/fees', ready: '[data-row]' });
});

test.run();
