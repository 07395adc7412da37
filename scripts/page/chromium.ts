/** The Chromium that the web page is tested and drawn in: the system's, none of our own. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const KNOWN_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** `more` are switches of Chromium's own. Throws where there is none, and says how to get it. */
export async function openChromium(more: readonly string[] = []): Promise<Browser> {
  const path = process.env.CHROMIUM ?? KNOWN_PLACES.find((place) => existsSync(place));
  if (path === undefined) {
    throw new Error(
      'there is no Chromium to open the web page in: "apt-get install chromium" brings it on ' +
        'Debian; elsewhere name the program in CHROMIUM',
    );
  }
  // Root has no sandbox to give, and containers are mostly root's.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: path, args: [...sandbox, ...more] });
}
