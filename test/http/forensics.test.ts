/** The raw record, the dossier as a file, and `verify` beside the answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventIds } from '../../src/http/event-ids.ts';
import { createToken } from '../../src/http/tokens.ts';
import type { VerifyStatus } from '../../src/http/verifying.ts';
import { eventLine } from '../../src/ledger/event-line.ts';
import { redacted } from '../../src/ledger/forensics/redact.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { jsonText } from '../../src/schema/json-text.ts';
import type { StoredEvent } from '../../src/store/event-store.ts';
import { runInProcess } from '../cli/in-process.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { bearing, demoLedger, path, withServer } from './served.ts';

const ledger = await demoLedger('forensics');
test.after(() => ledger.close());
const { store } = ledger;
const events = [...store.allEvents()];

test('an event is found by its position and by its id, as its bytes are stored', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    for (const event of [events[0], events[events.length >> 1], events.at(-1)]) {
      assert.ok(event);
      const line = eventLine(event, store.checkpointOf(event));
      for (const name of [event.position, event.id]) {
        const answer = await ask(`/events/${name}`);
        assert.is(answer.headers.get('content-type'), 'application/json; charset=utf-8');
        assert.is(await answer.text(), line);
      }
    }
  });
});

interface Ended {
  readonly signal: AbortSignal;
}

/** What searches that find no end are given to see: whether they were ended. */
function endless() {
  const begun: AbortSignal[] = [];
  const ended: unknown[] = [];
  const search = ({ signal }: Ended) =>
    new Promise((_resolve, reject) => {
      begun.push(signal);
      signal.addEventListener('abort', () => {
        ended.push(signal.reason);
        reject(signal.reason);
      });
    });
  const forensics = {
    bisect: (_name: string, _condition: string, query: Ended) => search(query),
    diff: (_name: string, query: Ended) => search(query),
    origin: (_name: string, _field: string, query: Ended) => search(query),
  };
  return { begun, ended, ledger: Object.create(ledger, { forensics: { value: forensics } }) };
}

const searches = [
  '/channels/any/bisect?condition=true&any=true',
  '/channels/any/diff?from=revision:1&to=revision:2',
  '/channels/any/origin?field=localBalanceMsat',
];

test('a search that takes too long is ended with a sentence, and others are answered meanwhile', async () => {
  const { ended, ledger: slow } = endless();
  await withServer({ ledger: slow, longestMs: 300 }, async ({ ask }) => {
    for (const [nth, path] of searches.entries()) {
      const search = ask(path);
      assert.is((await ask('/healthz')).status, 200);
      const answer = await search;
      assert.is(answer.status, 400, path);
      assert.match(await answer.text(), 'this takes longer than 0.3 s: ask about a shorter time');
      assert.is(ended.length, nth + 1);
    }
  });
});

test('of one who asks no more than two searches are under way, of whatever kind, of all four', async () => {
  const { begun, ended, ledger: slow } = endless();
  const tokens = ['one', 'two', 'three'].map((name) => createToken(store, { name, scope: 'read' }));
  await withServer({ ledger: slow, longestMs: 3_600_000 }, async ({ ask }) => {
    const clients: AbortController[] = [];
    const asked: Promise<unknown>[] = [];
    const begin = async (path: string, init: RequestInit = {}) => {
      const client = new AbortController();
      clients.push(client);
      asked.push(ask(path, { ...init, signal: client.signal }).catch(() => undefined));
      while (begun.length < clients.length) await setTimeout(5);
    };
    const refusal = async (path: string, init: RequestInit = {}) => {
      const refused = await ask(path, init);
      assert.is(refused.status, 429, path);
      assert.is(refused.headers.get('retry-after'), '5');
      assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/);
      return String(Object(await refused.json()).detail);
    };
    const [bisect = '', diff = '', origin = ''] = searches;
    const [one = {}, two = {}, three = {}] = tokens.map(({ token }) => bearing(token));
    await begin(diff);
    await begin(origin);
    for (const path of searches) {
      assert.is(await refusal(path), '2 searches of yours are under way: end one first');
    }
    await begin(bisect, one);
    await begin(bisect, two);
    assert.is(await refusal(origin, three), '4 searches are under way: wait until one ends');
    clients[0]?.abort();
    while (ended.length === 0) await setTimeout(5);
    await begin(origin, three);
    for (const client of clients) client.abort();
    await Promise.all(asked);
  });
});

test('a dossier that takes too long is ended with a sentence, and so many are read at once', async () => {
  const ended: unknown[] = [];
  const begun: unknown[] = [];
  const forensics = {
    why: (_name: string, { signal }: { readonly signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        begun.push(signal);
        signal.addEventListener('abort', () => {
          ended.push(signal.reason);
          reject(signal.reason);
        });
      }),
  };
  const slow = Object.create(ledger, { forensics: { value: forensics } });
  await withServer({ ledger: slow, longestMs: 1000 }, async ({ ask }) => {
    const dossiers = Array.from({ length: 8 }, () => ask('/channels/any/dossier'));
    while (begun.length < 8) await setTimeout(5);
    const refused = await ask('/channels/any/dossier');
    assert.is(refused.status, 429);
    assert.match(await refused.text(), '8 dossiers of yours are under way: end one first');
    for (const answer of await Promise.all(dossiers)) {
      assert.is(answer.status, 400);
      assert.match(await answer.text(), 'this takes longer than 1 s: ask about a shorter time');
    }
    assert.is(ended.length, 8);
  });
});

test('a search whose client has gone is ended, and is no failure', async () => {
  const { begun, ended, ledger: slow } = endless();
  const failures: unknown[] = [];
  const onError = (error: unknown) => failures.push(error);
  await withServer({ ledger: slow, onError, longestMs: 3_600_000 }, async ({ ask }) => {
    for (const [nth, path] of searches.entries()) {
      const client = new AbortController();
      const search = ask(path, { signal: client.signal });
      while (begun.length === nth) await setTimeout(5);
      client.abort();
      await search.catch(() => undefined);
      while (ended.length === nth) await setTimeout(5);
    }
  });
  assert.equal(failures, []);
});

test('a search and an origin name an event with its sealed fields sealed, whoever asks', async () => {
  const { token } = createToken(store, { name: 'all', scope: 'read+secrets' });
  let sealedCount = 0;
  await withServer({ ledger }, async ({ ask }) => {
    for (const { channelId, nodeId } of [...ledger.channels(), ...ledger.closed()]) {
      const entries = [...ledger.history(channelId, { nodeId })];
      const opened = entries.findIndex(({ sealed }) => sealed?.state === 'open');
      if (opened < 0 || sealedCount >= 6) continue;
      const about = `/channels/${channelId}`;
      const condition = encodeURIComponent(`eventCount > ${opened}`);
      const field = entries[opened]?.changes[0]?.field ?? '';
      const at = `at=revision:${entries[opened]?.revision}`;
      const paths = [
        `${about}/bisect?node=${nodeId}&condition=${condition}`,
        `${about}/bisect?node=${nodeId}&condition=${condition}&any=true`,
        ...(field === '' ? [] : [`${about}/origin?node=${nodeId}&${at}&field=${field}`]),
      ];
      for (const path of paths) {
        const headers = { authorization: `Bearer ${token}` };
        const answer = await ask(path, { headers });
        const text = await answer.text();
        assert.is(answer.status, 200, `${path}: ${text}`);
        assert.not.match(text, '"state":"open"', path);
        if (text.includes('"sealed":{"state":"sealed"}')) sealedCount += 1;
      }
    }
  });
  assert.ok(sealedCount >= 3, `${sealedCount} of them have sealed fields`);
});

test('every id leads to its own event, one recorded later too, and none to another', async () => {
  // Of ids whose first 32 bits are the same only the whole id decides.
  const alike = (nth: number) => `deadbeef-0000-8000-8000-${String(nth).padStart(12, '0')}`;
  const given: StoredEvent[] = [];
  const growing = {
    *allEvents(after = 0) {
      yield* given.filter(({ position }) => position > after);
    },
  };
  const ids = new EventIds(Object.create(ledger, { store: { value: growing } }));
  const add = (id: string) => {
    const [first] = events;
    assert.ok(first);
    given.push({ ...first, id, position: given.length + 1 });
  };
  for (const { id } of events) add(id);
  for (let nth = 0; nth < 40; nth += 1) add(alike(nth));
  for (const [index, { id }] of given.entries()) {
    if (index % 10 === 0 || id === alike(index - events.length))
      assert.is((await ids.byId(id))?.position, index + 1);
  }
  assert.is(await ids.byId(alike(40)), undefined);
  add(alike(40));
  assert.is((await ids.byId(alike(40)))?.position, given.length);
});

test('a dossier for a bug report is the file that the command writes', async () => {
  const [closed] = ledger.closed();
  assert.ok(closed);
  const { channelId, nodeId, peerId } = closed;
  const ledgers = await import('../../src/ledger/open-ledger.ts');
  const place = temporaryDirectory();
  await withServer({ ledger }, async ({ ask }) => {
    for (const [format, type, ending] of [
      ['html', 'text/html; charset=utf-8', 'html'],
      ['markdown', 'text/markdown; charset=utf-8', 'md'],
    ] as const) {
      for (const full of [false, true]) {
        const file = join(place, `${format}-${full}`);
        const args = ['why', channelId, '--node', nodeId, '--ledger', path, `--${format}`, file];
        await runInProcess(full ? [...args, '--full'] : args, { ledgers, env: {} });
        const url = `/channels/${channelId}/dossier?node=${nodeId}&format=${format}`;
        const answer = await ask(full ? `${url}&full=true` : url);
        const text = await answer.text();
        assert.is(text, readFileSync(file, 'utf8'));
        assert.is(text.includes(channelId), full);
        assert.is(answer.headers.get('content-type'), type);
        assert.is(
          answer.headers.get('content-disposition'),
          `attachment; filename="dossier.${ending}"`,
        );
      }
    }
    // JSON is whole unless it is asked otherwise, and obeys who asks.
    const json = async (more: string) => {
      const answer = await ask(`/channels/${channelId}/dossier?node=${nodeId}${more}`);
      return answer.text();
    };
    const whole = await json('');
    assert.is(await json('&full=true'), whole);
    assert.is(await json('&format=json'), whole);
    assert.is(JSON.parse(whole).isRedacted, false);
    for (const asked of ['&full=false', '&format=json&full=false']) {
      const text = await json(asked);
      assert.is(text, jsonText(redacted(await ledger.forensics.why(channelId, { nodeId }))));
      for (const id of [channelId, nodeId, peerId]) assert.not.ok(text.includes(String(id)));
    }
  });
});

test('verify runs beside the answers, one at a time, and its result stays', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const status = async (): Promise<VerifyStatus> =>
      JSON.parse(await (await ask('/verify')).text());
    assert.equal(await status(), { state: 'never' });
    const begun = await ask('/verify?signatures=true', { method: 'POST' });
    assert.is(begun.status, 202);
    assert.is(JSON.parse(await begun.text()).state, 'running');
    const second = await ask('/verify', { method: 'POST' });
    assert.is(second.status, 409);
    assert.match(await second.text(), 'one is under way');
    let now = await status();
    while (now.state === 'running') {
      await setTimeout(20);
      now = await status();
    }
    assert.is(now.state, 'done', now.why);
    assert.is(now.signatures, true);
    assert.is(now.checkpoint, await store.lastCheckpoint());
    const report = await ledger.verify({ signatures: true });
    assert.equal(now.report, JSON.parse(JSON.stringify(report)));
    assert.ok(report.isSound);
    assert.is((await ask('/verify', { method: 'POST' })).status, 202);
  });
});

test('verify of what no second reader can open says so', async () => {
  const inMemory = await openLedger(MEMORY, { create: true, seed: 'gone' });
  await withServer({ ledger: inMemory }, async ({ ask }) => {
    const refused = await ask('/verify', { method: 'POST' });
    assert.is(refused.status, 409);
    assert.match(await refused.text(), 'in memory');
  });
  await inMemory.close();
  const gone = Object.create(ledger, { path: { value: join(temporaryDirectory(), 'gone.db') } });
  await withServer({ ledger: gone }, async ({ ask }) => {
    assert.is((await ask('/verify', { method: 'POST' })).status, 202);
    let now: VerifyStatus = { state: 'running' };
    while (now.state === 'running') {
      await setTimeout(20);
      now = JSON.parse(await (await ask('/verify')).text());
    }
    assert.is(now.state, 'failed');
    assert.match(now.why ?? '', 'gone.db');
  });
});

test.run();
