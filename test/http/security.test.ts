import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { selfSigned } from '../../src/gateway/self-signed.ts';
import { isLoopback } from '../../src/http/guard.ts';
import { startServer } from '../../src/http/server.ts';
import { createToken, listTokens, revokeToken } from '../../src/http/tokens.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { rawAnswer } from './raw-socket.ts';
import { bearing, withServer } from './served.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'safe' });
test.after(() => ledger.close());
const { store } = ledger;

const get = (path: string, ...headers: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, 'Connection: close', ...headers, '', ''].join('\r\n');

test('only a known name in Host is answered', async () => {
  const { token } = createToken(store, { name: 'named', scope: 'read' });
  await withServer({ ledger, names: ['ledger.example'] }, async ({ port }) => {
    for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]:1', 'LEDGER.example:80']) {
      const asked = get('/channels', `Host: ${host}`, `Authorization: Bearer ${token}`);
      assert.match(await rawAnswer(port, asked), / 200 /, host);
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '']) {
      assert.match(await rawAnswer(port, get('/channels', `Host: ${host}`)), / 421 /, host);
      assert.match(await rawAnswer(port, get('/healthz', `Host: ${host}`)), / 421 /, host);
    }
    assert.match(await rawAnswer(port, get('/channels')), / 400 /);
  });
});

test('a name beyond this machine brings clients from elsewhere: all need a token then', async () => {
  const hosts = ['localhost', 'ledger.example', 'LEDGER.EXAMPLE:443'];
  await withServer({ ledger, names: ['localhost', 'ledger.example'] }, async ({ port }) => {
    for (const host of hosts) {
      for (const path of ['/channels', '/events', '/replay', '/stats', '/verify']) {
        assert.match(await rawAnswer(port, get(path, `Host: ${host}`)), / 401 /, `${host} ${path}`);
      }
    }
  });
  const ours = ['localhost', 'LocalHost', '127.0.0.2', '[::1]', '::1'];
  await withServer({ ledger, names: ours }, async ({ port }) => {
    for (const host of ['LOCALHOST', '127.0.0.2', '[::1]']) {
      assert.match(await rawAnswer(port, get('/channels', `Host: ${host}`)), / 200 /, host);
    }
  });
});

test('a page of somebody else is refused', async () => {
  await withServer({ ledger }, async ({ port }) => {
    const host = `Host: localhost:${port}`;
    const own = `Origin: http://localhost:${port}`;
    assert.match(await rawAnswer(port, get('/channels', host, own)), / 200 /);
    assert.match(
      await rawAnswer(port, get('/channels', host, 'Sec-Fetch-Site: same-origin')),
      / 200 /,
    );
    assert.match(await rawAnswer(port, get('/channels', host, 'Sec-Fetch-Site: none')), / 200 /);
    const foreign = [
      'Origin: http://evil.example',
      'Origin: null',
      `Origin: http://localhost:${port + 1}`,
      `Origin: https://localhost:${port}`,
      'Sec-Fetch-Site: cross-site',
      'Sec-Fetch-Site: same-site',
    ];
    for (const header of foreign) {
      for (const path of ['/channels', '/events', '/metrics', '/nowhere']) {
        const answer = await rawAnswer(port, get(path, host, header));
        assert.match(answer, / 403 /, header);
        assert.not.match(answer.toLowerCase(), 'access-control-allow-origin');
      }
    }
  });
});

test('a token opens until it is revoked or expired, and a wrong one never', async () => {
  const { token, view } = createToken(store, { name: 'one', scope: 'read' });
  const expired = createToken(store, {
    name: 'old',
    scope: 'read',
    expiresAt: '2020-01-01T00:00:00.000000000Z',
  });
  await withServer({ ledger }, async ({ ask }) => {
    assert.is((await ask('/channels', bearing(token))).status, 200);
    const wrong = [
      expired.token,
      token.slice(0, -1),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.replace(view.id, '00000000'),
      '',
    ];
    for (const text of wrong) {
      const response = await ask('/channels', bearing(text));
      assert.is(response.status, 401, text);
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
    }
    assert.ok(revokeToken(store, view.id));
    assert.is((await ask('/channels', bearing(token))).status, 401);
    assert.is(revokeToken(store, view.id), false);
  });
});

test('the ledger keeps a hash and never the token', () => {
  const { token } = createToken(store, { name: 'kept', scope: 'read+secrets' });
  const secret = token.slice('clt_00000000_'.length);
  const kept = store.getMeta('http-tokens') ?? '';
  assert.not.match(kept, token);
  assert.not.match(kept, secret);
  assert.not.match(JSON.stringify(listTokens(store)), 'hash');
});

test('a page exchanges its token for a cookie that no script reads', async () => {
  const { token, view } = createToken(store, { name: 'page', scope: 'read' });
  await withServer({ ledger }, async ({ ask }) => {
    const headers = { 'content-type': 'application/json' };
    const post = (body: string) => ask('/session', { method: 'POST', headers, body });
    assert.is((await post('{"token":"clt_x"}')).status, 401);
    assert.is((await post('{')).status, 400);
    assert.is((await post('{"other":1}')).status, 400);
    const begun = await post(JSON.stringify({ token }));
    assert.is(begun.status, 200);
    const set = begun.headers.get('set-cookie') ?? '';
    assert.match(set, /; HttpOnly; SameSite=Strict; Path=\//);
    assert.not.match(set, token);
    const cookie = set.split(';')[0] ?? '';
    const metrics = await (await ask('/metrics', { headers: { cookie } })).text();
    assert.match(metrics, 'local_balance_msat');
    assert.not.match(await (await ask('/metrics')).text(), 'balance_msat');
    revokeToken(store, view.id);
    assert.not.match(await (await ask('/metrics', { headers: { cookie } })).text(), 'balance_msat');
  });
});

test('beyond this machine it begins with TLS alone, and opens with a token alone', async () => {
  await startServer({ ledger, port: 0, host: '0.0.0.0' }).then(
    () => assert.unreachable('it began without TLS'),
    (error: Error) => assert.match(error.message, 'needs a certificate'),
  );
  const tls = selfSigned(['localhost']);
  const server = await startServer({ ledger, port: 0, host: '0.0.0.0', tls });
  try {
    const { request } = await import('node:https');
    const { token } = createToken(store, { name: 'far', scope: 'read' });
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = server;
        const options = { port, host: 'localhost', family: 4, path: '/channels', headers };
        request({ ...options, ca: tls.certificate }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    assert.is(await status({}), 401);
    assert.is(await status({ authorization: `Bearer ${token}` }), 200);
    const cookie = await new Promise<string | undefined>((resolve, reject) => {
      const options = { port: server.port, host: 'localhost', family: 4, path: '/session' };
      const headers = { 'content-type': 'application/json' };
      request({ ...options, headers, method: 'POST', ca: tls.certificate }, (response) => {
        response.resume();
        resolve(response.headers['set-cookie']?.[0]);
      })
        .on('error', reject)
        .end(JSON.stringify({ token }));
    });
    // Browsers take this name only of an encrypted line, for this host alone.
    assert.match(cookie ?? '', `__Host-channel-ledger-session-${server.port}=`);
    assert.match(cookie ?? '', /; Path=\/; Secure$/);
    assert.is(await status({ cookie: cookie?.split(';')[0] ?? '' }), 200);
  } finally {
    await server.close();
  }
});

test('who asks without end, or guesses tokens, is told to wait', async () => {
  await withServer({ ledger, rate: { perSecond: 0.001, burst: 5 } }, async ({ ask }) => {
    for (let nth = 0; nth < 5; nth += 1) assert.is((await ask('/healthz')).status, 200);
    const refused = await ask('/healthz');
    assert.is(refused.status, 429);
    assert.is(refused.headers.get('retry-after'), '1');
  });
  const headers = { 'content-type': 'application/json' };
  const exchange = (text: string) => ({
    method: 'POST',
    headers,
    body: JSON.stringify({ token: text }),
  });
  const { token } = createToken(store, { name: 'right', scope: 'read' });
  const ways: readonly (readonly [string, (text: string) => RequestInit])[] = [
    ['/channels', bearing],
    ['/session', exchange],
  ];
  for (const [path, bringing] of ways) {
    await withServer({ ledger }, async ({ ask }) => {
      const statuses = new Set<number>();
      for (let nth = 0; nth < 40; nth += 1) {
        statuses.add((await ask(path, bringing(`clt_${nth}`))).status);
      }
      assert.equal([...statuses], [401, 429], path);
      // Whoever has a right one, or asks what anybody may, is let in nevertheless.
      assert.is((await ask('/channels', bearing(token))).status, 200, path);
      assert.is((await ask('/session', exchange(token))).status, 200, path);
      assert.is((await ask('/healthz')).status, 200, path);
      assert.is((await ask('/channels')).status, 200, path);
    });
  }
});

test('requests of foreign pages are refused without using up what the operator may ask', async () => {
  await withServer({ ledger, rate: { perSecond: 0.001, burst: 5 } }, async ({ ask, port }) => {
    for (let nth = 0; nth < 20; nth += 1) {
      const foreign = await ask('/channels', { headers: { origin: 'https://evil.example' } });
      assert.is(foreign.status, 403);
      assert.match(await rawAnswer(port, get('/channels', 'Host: evil.example')), / 421 /);
    }
    assert.is((await ask('/channels')).status, 200);
  });
});

test('only addresses of this machine are loopback', async () => {
  for (const host of ['127.0.0.1', '127.9.8.7', '::1', 'localhost']) {
    assert.ok(isLoopback(host), host);
  }
  const others = [
    '127.evil.example',
    '127.0.0.1.nip.io',
    '1.2.3.4',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '',
  ];
  for (const host of others) assert.not.ok(isLoopback(host), host);
});

test('large bodies, other methods, traversal and header injection get nowhere', async () => {
  await withServer({ ledger }, async ({ ask, port }) => {
    const large = await ask('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: 'x'.repeat(100_000) }),
    });
    assert.is(large.status, 413);
    const routes: readonly (readonly [path: string, allowed: string])[] = [
      ['/channels', 'GET, HEAD'],
      ['/channels/120x1x0?at=height:5', 'GET, HEAD'],
      ['/events', 'GET'],
      ['/session', 'POST, DELETE'],
      ['/verify', 'GET, HEAD, POST'],
    ];
    for (const [path, allowed] of routes) {
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        if (allowed.includes(method)) continue;
        const refused = await ask(path, { method });
        assert.is(refused.status, 405, `${method} ${path}`);
        assert.is(refused.headers.get('allow'), allowed, path);
        assert.match(refused.headers.get('content-type') ?? '', 'application/problem+json');
      }
    }
    for (const path of ['/nowhere', '/channels/', '/channels/a/nothing', '/events/1/2']) {
      assert.is((await ask(path, { method: 'POST' })).status, 404, path);
    }
    for (const path of ['/../../etc/passwd', '/..%2f..%2fetc%2fpasswd', '//etc/passwd']) {
      assert.match(await rawAnswer(port, get(path, 'Host: localhost')), / 404 /, path);
    }
    const injected = await rawAnswer(
      port,
      get('/channels/a%0d%0aSet-Cookie:x=1', 'Host: localhost'),
    );
    assert.not.match(injected.split('\r\n\r\n')[0]?.toLowerCase() ?? '', 'set-cookie');
    for (const path of ['/channels/%ff', `/channels/${'9'.repeat(5000)}`]) {
      const answer = await rawAnswer(port, get(path, 'Host: localhost'));
      assert.match(answer, / 400 /, path);
      assert.match(answer, /content-type: application\/problem\+json/i, path);
      assert.match(answer, /x-content-type-options: nosniff/i, path);
    }
  });
});

test('a cache gives an answer only to who asks in the same way, and from the same place', async () => {
  const ways = 'accept-encoding, authorization, cookie';
  const origin = 'https://dash.example';
  for (const [origins, vary] of [
    [[], ways],
    [[origin], `origin, ${ways}`],
  ] as const) {
    await withServer({ ledger, origins }, async ({ ask }) => {
      for (const path of ['/channels', '/metrics', '/stats']) {
        assert.is((await ask(path)).headers.get('vary'), vary, path);
      }
    });
  }
});

test('every answer keeps browsers strict', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    for (const path of ['/channels', '/nowhere', '/metrics', '/channels?at=never']) {
      const { headers } = await ask(path);
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/, path);
      assert.is(headers.get('x-content-type-options'), 'nosniff', path);
      assert.is(headers.get('x-frame-options'), 'DENY', path);
      assert.is(headers.get('cross-origin-resource-policy'), 'same-origin', path);
      assert.is(headers.get('cross-origin-opener-policy'), 'same-origin', path);
      assert.is(headers.get('referrer-policy'), 'no-referrer', path);
      assert.is(headers.get('access-control-allow-origin'), null, path);
    }
  });
});

test.run();
