/** Where a stream goes on: behind an event of this very ledger, or not at all. */
import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { observations } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { idOf, listen } from './event-client.ts';
import { withServer } from './served.ts';
import { told } from './told.ts';

const renamed = (alias: string) =>
  told({ type: 'PeerRenamed', data: { alias } }, { about: 'peer', peerId: bob });

/** A ledger of its own; what is told first stands at the first place. */
async function ledgerOf(first: string): Promise<Ledger> {
  const ledger = await openLedger(MEMORY, { create: true, seed: first });
  await ledger.record([renamed(first)]);
  await ledger.record(observations.slice(0, 3));
  return ledger;
}

const [one, other] = [await ledgerOf('one'), await ledgerOf('other')];
test.after(async () => {
  await Promise.all([one.close(), other.close()]);
});
const [first] = one.store.allEvents();
assert.ok(first);

test('the id of an event of another ledger is refused, with what to do', async () => {
  await withServer({ ledger: other }, async ({ ask }) => {
    const id = idOf(first);
    const wrong = { 'last-event-id': id };
    for (const answer of [
      await ask('/events', { headers: wrong }),
      await ask('/events?after=0', { headers: wrong }),
      await ask(`/events?after=${id}`),
    ]) {
      assert.is(answer.status, 400);
      assert.is(
        JSON.parse(await answer.text()).detail,
        `no event of this ledger has the id ${id}: it is of another ledger, or of this one before a backup was put back; begin anew, with after=0 for all there is`,
      );
    }
    const newest = [...other.store.allEvents()].at(-1);
    assert.ok(newest);
    const beyond = idOf(newest).replace(/^\d+/, String(newest.position + 1));
    assert.is((await ask('/events', { headers: { 'last-event-id': beyond } })).status, 400);
  });
});

test('a checkpoint alone is no Last-Event-ID: whose it is could not be told', async () => {
  await withServer({ ledger: one }, async ({ ask }) => {
    for (const id of ['1', '0', 'x', '1-', `${idOf(first)}0`, `01${idOf(first).slice(1)}`]) {
      const answer = await ask('/events', { headers: { 'last-event-id': id } });
      assert.is(answer.status, 400, id);
      assert.match(await answer.text(), 'a checkpoint goes in after=', id);
    }
  });
});

test('a program that begins again may put the last id into the address', async () => {
  await withServer({ ledger: one }, async ({ port }) => {
    const [, ...wanted] = [...one.store.allEvents()].map(idOf);
    const client = await listen(port, { query: `?after=${idOf(first)}` });
    await client.until(wanted.length);
    client.close();
    assert.equal(
      client.events.map(({ id }) => id),
      wanted,
    );
  });
});

test('the place that a heartbeat tells is one to go on from', async () => {
  const newest = [...one.store.allEvents()].at(-1);
  assert.ok(newest);
  await withServer({ ledger: one, heartbeatMs: 20 }, async ({ port }) => {
    for (const query of ['?type=PublicChannelClosed', `?peer=02${'0'.repeat(64)}`]) {
      const client = await listen(port, { query });
      while (client.lastId === undefined) await once(client.response, 'taken');
      client.close();
      assert.is(client.lastId, idOf(newest), query);
      const again = await listen(port, { query, lastEventId: client.lastId });
      again.close();
      assert.is(again.response.statusCode, 200, query);
    }
  });
});

test.run();
