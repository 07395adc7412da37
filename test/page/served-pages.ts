/** The demo's ledger, the recorded lnd node's and the Electrum wallet's, each served, and a browser. */
import { openChromium } from '../../scripts/page/chromium.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { demoLedger } from '../http/served.ts';
import { serve } from './browser.ts';
import { importedElectrum, importedLnd } from './imported.ts';

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
  const close = async () => {
    await browser.close();
    for (const server of Object.values(servers)) await server.close();
    for (const ledger of [demo, lnd, electrum]) await ledger.close();
  };
  return { demo, lnd, lndPath, electrum, electrumPath, browser, servers, close };
}
