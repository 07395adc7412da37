/** Ledgers that are served, and a browser: one, or the demo's, the recorded lnd node's and the Electrum wallet's. */
import { openChromium } from '../../scripts/page/chromium.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { demoLedger, path } from '../http/served.ts';
import { serve } from './browser.ts';
import { importedElectrum, importedLnd } from './imported.ts';

/** One ledger served, and a browser; `close` ends all of it, after the tests of a file. */
export async function servedPage(ledger: Ledger) {
  const browser = await openChromium();
  const server = await serve(ledger);
  const close = async () => {
    await browser.close();
    await server.close();
    await ledger.close();
  };
  return { browser, server, address: `http://127.0.0.1:${server.port}/`, close };
}

/** `close` ends all of it, after the tests of a file. */
export async function servedPages() {
  const demo = await demoLedger('page');
  const [lndPath, electrumPath] = [await importedLnd(), await importedElectrum()];
  const [lnd, electrum] = [await openLedger(lndPath), await openLedger(electrumPath)];
  const browser = await openChromium();
  const servers = {
    demo: await serve(demo),
    lnd: await serve(lnd),
    electrum: await serve(electrum),
  };
  /** Of each the file, for the commands. */
  const served = [
    [path, servers.demo],
    [lndPath, servers.lnd],
    [electrumPath, servers.electrum],
  ] as const;
  const close = async () => {
    await browser.close();
    for (const server of Object.values(servers)) await server.close();
    for (const ledger of [demo, lnd, electrum]) await ledger.close();
  };
  return { demo, lnd, lndPath, electrum, electrumPath, browser, servers, served, close };
}
