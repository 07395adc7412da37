import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cli, Output } from '../../src/cli/cli.ts';
import { hasScreen, showPage } from '../../src/cli/open-page.ts';
import { styleFor } from '../../src/cli/style.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';

function cliOf(env: Record<string, string>, isTTY: boolean, signal: AbortSignal): Cli {
  const unheard = () => undefined;
  const stream = { write: () => true, on: unheard, once: unheard, off: unheard, isTTY };
  const output = () => new Output(stream, styleFor(env, isTTY));
  const none = async () => {
    throw new Error('nobody asks for this');
  };
  return {
    out: output(),
    err: output(),
    stdin: Readable.from([]),
    env,
    signal,
    ledgers: none,
    demoNetwork: none,
    liveSources: [],
    importers: [],
  };
}

test('the page is opened for who sits before a terminal and a screen, and for nobody else', () => {
  const { signal } = new AbortController();
  const has = (env: Record<string, string>, isTTY: boolean, platform: string) =>
    hasScreen(cliOf(env, isTTY, signal), platform);
  assert.is(has({ DISPLAY: ':0' }, true, 'linux'), true);
  assert.is(has({ WAYLAND_DISPLAY: 'wayland-0' }, true, 'linux'), true);
  assert.is(has({}, true, 'darwin'), true);
  assert.is(has({}, true, 'linux'), false);
  assert.is(has({ DISPLAY: ':0' }, false, 'linux'), false);
  assert.is(has({ DISPLAY: ':0', CI: 'true' }, true, 'linux'), false);
});

test('what is opened answers, until Ctrl-C', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'open' });
  const stop = new AbortController();
  let answer: Promise<Response> | undefined;
  const shown = showPage(ledger, cliOf({}, true, stop.signal), (address) => {
    answer = fetch(`${address}channels`);
  });
  while (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const response = await answer;
  assert.equal(await response.json(), []);
  stop.abort();
  await shown;
  const refused = await fetch(response.url).then(
    () => false,
    () => true,
  );
  assert.ok(refused);
  await ledger.close();
});

test.run();
