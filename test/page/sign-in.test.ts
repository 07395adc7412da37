import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openChromium } from '../../scripts/page/chromium.ts';
import { selfSigned } from '../../src/gateway/self-signed.ts';
import { startServer } from '../../src/http/server.ts';
import { createToken, revokeToken } from '../../src/http/tokens.ts';
import { channelId } from '../cli/observation-lines.ts';
import { builtPage, watchedPage } from './browser.ts';
import { observedLedger } from './observed-ledger.ts';

const ledger = await observedLedger('token');
// Its own word for a page's context leaves out the worker that holds the event stream.
const browser = await openChromium(['--ignore-certificate-errors']);
/** Reachable from elsewhere, so that nobody is let in without a token, and the line is encrypted. */
const tls = selfSigned(['127.0.0.1']);
const server = await startServer({ ledger, port: 0, host: '0.0.0.0', tls, page: builtPage });
const address = `https://127.0.0.1:${server.port}/`;
test.after(async () => {
  await browser.close();
  await server.close();
  await ledger.close();
});

const row = `[data-channel="${channelId}"]`;

test('a page is let in with a token, stays so after a reload, and is out when it signs out', async () => {
  const { token } = createToken(ledger.store, { name: 'page', scope: 'read' });
  const context = await browser.newContext();
  const { page } = await watchedPage(context, server.port);
  await page.goto(address);
  await page.getByRole('heading', { name: 'A token is needed' }).waitFor();
  assert.is(await page.locator(row).count(), 0);
  // The server answered: that it let nobody in is not that it is gone.
  assert.is(await page.getByText('The server does not answer.').count(), 0);
  // And that it is shown nothing is not that it is live.
  await page.getByRole('button', { name: 'Not signed in' }).waitFor();
  assert.is(await page.locator('.moment .dot').getAttribute('data-there'), 'false');
  await page.getByLabel('Token').fill('clt_00000000_nobody');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('unknown, revoked or expired').waitFor();
  assert.equal(await context.cookies(), []);
  await page.getByLabel('Token').fill(` ${token} `);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(row).waitFor();
  await page.getByRole('button', { name: 'Live' }).waitFor();
  const [cookie, ...others] = await context.cookies();
  assert.equal(others, []);
  assert.equal(
    [cookie?.name, cookie?.httpOnly, cookie?.secure, cookie?.sameSite],
    // Of this port alone, and of no other host.
    [`__Host-channel-ledger-session-${server.port}`, true, true, 'Strict'],
  );
  const kept = await page.evaluate<string>(
    "[document.cookie, location.href, ...Object.values(localStorage), ...Object.values(sessionStorage)].join(' ')",
  );
  assert.not.match(kept, token);
  await page.reload();
  await page.locator(row).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'A token is needed' }).waitFor();
  assert.equal(await context.cookies(), []);
  assert.is(await page.getByRole('button', { name: 'Sign out' }).count(), 0);
  await context.close();
});

test('signing in lets every tab in, and a revoked token lets none', async () => {
  const { token, view } = createToken(ledger.store, { name: 'tabs', scope: 'read' });
  const context = await browser.newContext();
  const tabs = [await watchedPage(context, server.port), await watchedPage(context, server.port)];
  for (const { page } of tabs) {
    await page.goto(address);
    await page.getByRole('heading', { name: 'A token is needed' }).waitFor();
  }
  const [first, second] = tabs;
  await first?.page.getByLabel('Token').fill(token);
  await first?.page.getByRole('button', { name: 'Sign in' }).click();
  for (const tab of [first, second]) await tab?.page.locator(row).waitFor();
  revokeToken(ledger.store, view.id);
  await second?.page.reload();
  await second?.page.getByRole('heading', { name: 'A token is needed' }).waitFor();
  await context.close();
});

test.run();
