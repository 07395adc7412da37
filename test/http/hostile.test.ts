/** Who sends slowly, who asks from another page, and what others may write into names. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { selfSigned } from '../../src/gateway/self-signed.ts';
import { startServer } from '../../src/http/server.ts';
import { createToken } from '../../src/http/tokens.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { observations } from '../cli/observation-lines.ts';
import { bob } from '../cli/views.ts';
import { rawAnswer } from './raw-socket.ts';
import { withServer } from './served.ts';
import { told } from './told.ts';

/** More than any browser or program opens; each one costs the process a file descriptor. */
const MOST_CONNECTIONS = 1024;
const MOST_OF_ONE = 512;
const HOSTILE = `<script>alert(1)</script>"'&\r\nSet-Cookie: x=1\u202e\u001b[31m`;

const ledger = await openLedger(MEMORY, { create: true, seed: 'hostile' });
test.after(() => ledger.close());
const renamed = told(
  { type: 'PeerRenamed', data: { alias: HOSTILE } },
  { about: 'peer', peerId: bob },
  HOSTILE,
);
await ledger.recordBatch([...observations, renamed]);

test('who sends headers or a body slowly is cut off, and others are answered meanwhile', async () => {
  const patience = { headersMs: 200, requestMs: 400 };
  await withServer({ ledger, patience }, async ({ port, ask }) => {
    const begun = [
      'GET /channels HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
      'POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    ];
    for (const text of begun) {
      const cutOff = async (): Promise<string> => {
        let dripping: NodeJS.Timeout | undefined;
        const got = await rawAnswer(port, text, async (socket) => {
          // A letter now and then keeps no door open.
          dripping = setInterval(() => socket.write('a'), 50);
          assert.is((await ask('/channels')).status, 200);
        });
        clearInterval(dripping);
        return got;
      };
      let got = '';
      // A letter that meets the closed door has TCP throw away what was answered and not yet read.
      for (let times = 0; got === '' && times < 5; times++) got = await cutOff();
      assert.match(got, / 408 /);
    }
  });
});

test('pages from elsewhere read nothing, unless the operator names them and they bring a token', async () => {
  const origin = 'https://dash.example';
  const { token } = createToken(ledger.store, { name: 'dash', scope: 'read' });
  const bearing = { authorization: `Bearer ${token}` };
  const preflight = { 'access-control-request-method': 'GET', origin };
  await withServer({ ledger }, async ({ ask }) => {
    const refused = await ask('/channels', { headers: { origin, ...bearing } });
    assert.is(refused.status, 403);
    assert.is(refused.headers.get('access-control-allow-origin'), null);
    assert.is((await ask('/channels', { method: 'OPTIONS', headers: preflight })).status, 403);
  });
  await withServer({ ledger, origins: [origin] }, async ({ ask, port }) => {
    const asked = await ask('/channels', { method: 'OPTIONS', headers: preflight });
    assert.is(asked.status, 204);
    assert.is(asked.headers.get('access-control-allow-origin'), origin);
    assert.match(asked.headers.get('access-control-allow-headers') ?? '', 'authorization');
    const answer = await ask('/channels', { headers: { origin, ...bearing } });
    assert.is(answer.status, 200);
    assert.is(answer.headers.get('access-control-allow-origin'), origin);
    assert.match(answer.headers.get('vary') ?? '', 'origin');
    assert.is(answer.headers.get('access-control-allow-credentials'), null);
    // It has no share in what this machine may read without a token.
    assert.is((await ask('/channels', { headers: { origin } })).status, 401);
    const other = await ask('/channels', { headers: { ...bearing, origin: `${origin}.evil` } });
    assert.is(other.status, 403);
    assert.is(other.headers.get('access-control-allow-origin'), null);
    // Nor does a session open anything to it: whatever runs in that page would use it.
    const body = JSON.stringify({ token });
    const asJson = { 'content-type': 'application/json' };
    const begun = await ask('/session', { method: 'POST', headers: asJson, body });
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
    assert.is((await ask('/channels', { headers: { cookie } })).status, 200);
    assert.is((await ask('/channels', { headers: { origin, cookie } })).status, 401);
    const itself = await ask('/channels', { headers: { origin: `http://127.0.0.1:${port}` } });
    assert.is(itself.status, 200);
    assert.is(itself.headers.get('access-control-allow-origin'), null);
    const own = await ask('/channels');
    assert.is(own.status, 200);
    assert.is(own.headers.get('access-control-allow-origin'), null);
    assert.is(own.headers.get('vary')?.startsWith('origin'), true);
    const stream = await ask('/events', { headers: { origin, ...bearing } });
    assert.is(stream.headers.get('access-control-allow-origin'), origin);
    await stream.body?.cancel();
  });
});

test('what others write into names is text: no markup, no header, no control', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    for (const path of ['/peers', '/channels', '/events/6', '/metrics']) {
      const answer = await ask(path);
      assert.is(answer.status, 200, path);
      const type = answer.headers.get('content-type') ?? '';
      assert.ok(/^(application\/json|text\/plain);/.test(type), type);
      assert.is(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.is(answer.headers.get('set-cookie'), null);
      // Of what a terminal or a page would obey nothing is left but JSON's own escapes.
      const text = await answer.text();
      assert.not.match(text, /\p{Cf}/u);
      assert.not.ok(text.includes('\u001b'));
    }
    const peers: { alias?: string }[] = JSON.parse(await (await ask('/peers')).text());
    assert.equal(
      peers.map(({ alias }) => alias),
      [HOSTILE],
    );
  });
});

/** Of one address of this machine; each one that is closed is counted. */
async function opened(port: number, localAddress: string, count: number) {
  const held = { sockets: [] as Socket[], closed: 0 };
  for (let nth = 0; nth < count; nth++) {
    const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
    socket.on('close', () => held.closed++).resume();
    held.sockets.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  }
  return held;
}

const aMoment = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('who holds connections open leaves others theirs, and nobody holds more than the server gives', async () => {
  await withServer({ ledger }, async ({ port, ask }) => {
    const one = await opened(port, '127.0.0.2', MOST_OF_ONE + 50);
    while (one.closed < 50) await aMoment(10);
    assert.is((await ask('/channels', { headers: { connection: 'close' } })).status, 200);
    const other = await opened(port, '127.0.0.3', MOST_CONNECTIONS - MOST_OF_ONE + 50);
    while (other.closed < 50) await aMoment(10);
    await aMoment(100);
    assert.equal([one.closed, other.closed], [50, 50]);
    for (const socket of [...one.sockets, ...other.sockets]) socket.destroy();
    // The server learns of their end a moment later.
    const answered = async (): Promise<number> => {
      const answer = await ask('/channels').catch(() => undefined);
      return answer?.status ?? answered();
    };
    assert.is(await answered(), 200);
  });
});

test('who begins no encrypted line is cut off as who sends no headers is', async () => {
  const tls = selfSigned(['localhost']);
  const patience = { headersMs: 200, requestMs: 400 };
  const server = await startServer({ ledger, port: 0, tls, patience });
  assert.is(await Promise.race([rawAnswer(server.port, ''), aMoment(20_000)]), '');
  await server.close();
});

test('who takes nothing of an answer is let go, and who takes it gets all of it', async () => {
  // More than the system keeps for a socket.
  const forwards = () => [{ text: 'x'.repeat(40_000_000) }];
  const large = Object.create(ledger, { forwards: { value: forwards } });
  await withServer({ ledger: large, stallMs: 500 }, async ({ port, ask }) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    let isClosed = false;
    socket.on('close', () => {
      isClosed = true;
    });
    socket.write('GET /forwards HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // It reads nothing, and learns that it was let go by writing.
    for (let times = 0; times < 400 && !isClosed; times++) {
      await aMoment(50);
      socket.write('\r\n');
    }
    assert.ok(isClosed);
    assert.is((await (await ask('/forwards')).text()).length, 40_000_000 + '[{"text":""}]'.length);
  });
});

test.run();
