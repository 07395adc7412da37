/** Requests that no route is asked are refused in the form of all refusals. */
import { Compile } from 'typebox/compile';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Problem } from '../../src/http/problem.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { rawAnswer } from './raw-socket.ts';
import { withServer } from './served.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'unread' });
test.after(() => ledger.close());
const isProblem = Compile(Problem);
const CLOSE = 'Connection: close\r\n';

const requests: readonly (readonly [what: string, text: string, status: number, says: RegExp])[] = [
  [
    'headers that never end',
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    408,
    /in time/,
  ],
  [
    'a body that never ends',
    'POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    408,
    /in time/,
  ],
  [
    'headers that are too long',
    `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    /longer than is taken here/,
  ],
  ['a first line that is none', 'nonsense\r\n\r\n', 400, /no request of HTTP/],
  ['no Host', `GET /healthz HTTP/1.1\r\n${CLOSE}\r\n`, 400, /Host: there is none$/],
  [
    'two Hosts',
    `GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${CLOSE}\r\n`,
    400,
    /Host: there are 2$/,
  ],
  [
    'a body of a form that no route takes',
    `POST /verify HTTP/1.1\r\nHost: localhost\r\n${CLOSE}Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx`,
    415,
    /Unsupported Media Type/,
  ],
];

for (const [what, text, status, says] of requests) {
  test(`${what}: ${status} with Problem Details`, async () => {
    const patience = { headersMs: 200, requestMs: 400 };
    await withServer({ ledger, patience }, async ({ port }) => {
      const [head = '', body = ''] = (await rawAnswer(port, text)).split('\r\n\r\n', 2);
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(head, /^content-type: application\/problem\+json/im);
      assert.match(head, /^x-content-type-options: nosniff\r?$/im);
      const problem: unknown = JSON.parse(body);
      if (!isProblem.Check(problem)) throw new Error(`no problem: ${body}`);
      assert.is(problem.status, status);
      assert.match(problem.detail, says);
    });
  });
}

test.run();
