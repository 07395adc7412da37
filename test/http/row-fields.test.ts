import type { TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as views from '../../src/http/view-schemas.ts';
import { demoLedger, withServer } from './served.ts';

const ledger = await demoLedger('fields');
test.after(() => ledger.close());

const lists: readonly (readonly [path: string, row: TObject])[] = [
  ['/channels', views.ChannelWithFees],
  ['/closed', views.ClosedWithFees],
  ['/peers', views.Peer],
  ['/problems', views.ProblemFound],
];

type Row = Readonly<Record<string, unknown>>;

test('a list is whole without fields, and of each row the fields alone with them', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    for (const [path, row] of lists) {
      const whole: readonly Row[] = JSON.parse(await (await ask(path)).text());
      const [first] = Compile(views.listOf(row)).Errors(whole);
      assert.is(first, undefined, `${path}: ${JSON.stringify(first)}`);
      const names = Object.keys(row.properties);
      for (const wanted of [[names[0]], [names.at(-1), names[1]], names]) {
        const answer = await ask(`${path}?fields=${wanted.join(',')}`);
        assert.is(answer.status, 200, path);
        const expected = whole.map((one) =>
          Object.fromEntries(Object.entries(one).filter(([name]) => wanted.includes(name))),
        );
        assert.equal(JSON.parse(await answer.text()), expected, `${path} ${wanted.join(',')}`);
      }
    }
  });
});

test('a field that no row has is refused with those there are', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    for (const fields of ['channelId,balance', 'channelId,', '__proto__', 'channelId, nodeId']) {
      const answer = await ask(`/channels?fields=${encodeURIComponent(fields)}`);
      assert.is(answer.status, 400, fields);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      const { detail } = JSON.parse(await answer.text());
      assert.match(
        detail,
        /^fields: there is no ".*": write some of .*channelId,.*localBalanceMsat/,
      );
    }
  });
});

test('what rebalancing cost is not worked out for who leaves it out', async () => {
  let asked = 0;
  const counting = Object.create(ledger, {
    store: { value: ledger.store },
    channels: { value: () => ledger.channels() },
    closed: { value: () => ledger.closed() },
    rebalanceFees: {
      value: () => {
        asked += 1;
        return { of: () => 7n, isAtLeast: () => false };
      },
    },
  });
  await withServer({ ledger: counting }, async ({ ask }) => {
    for (const path of ['/channels', '/closed']) {
      for (const question of ['fields=channelId', 'rebalanceFees=false&fields=rebalanceFeesMsat']) {
        assert.is((await ask(`${path}?${question}`)).status, 200);
      }
      assert.is(asked, 0);
      const rows: readonly Row[] = JSON.parse(
        await (await ask(`${path}?fields=rebalanceFeesMsat`)).text(),
      );
      assert.ok(rows.length > 0);
      assert.ok(rows.every(({ rebalanceFeesMsat }) => rebalanceFeesMsat === '7'));
      assert.is(asked, 1);
      asked = 0;
    }
  });
});

test.run();
