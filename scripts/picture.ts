/**
 * `npm run picture`: records the demo in a temporary folder, draws what a terminal shows of it as
 * docs/demo.svg, and puts the real output into the README's marked blocks. The demo's seed is fixed,
 * so that it changes only where the program does.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withOutputs } from './picture/readme.ts';
import { screenOf, textOf } from './picture/screen.ts';
import { svgOf } from './picture/svg.ts';

const COLUMNS = 110;
const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');
const picture = join(root, 'docs', 'demo.svg');
const title = 'channel-ledger in a terminal';

const DEMO = 'npx channel-ledger demo --seed readme';
const DRAWN = ['channels', 'closed'].map(
  (name) => `npx channel-ledger ${name} --ledger demo-ledger`,
);

const place = mkdtempSync(join(tmpdir(), 'picture-'));
try {
  recorded(DEMO);
  const lines = DRAWN.flatMap((command) => [
    ...screenOf(`\x1b[32m$\x1b[0m \x1b[1m${command}\x1b[0m`),
    ...screenOf(recorded(command)),
  ]);
  mkdirSync(dirname(picture), { recursive: true });
  writeFileSync(picture, svgOf(lines, title));
  const shown = withOutputs(readFileSync(readme, 'utf8'), (command) => textOf(recorded(command)));
  writeFileSync(readme, shown);
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** Output as it comes to a terminal of a fixed width, which util-linux's `script` pretends to be. */
function recorded(command: string): string {
  const launcher = `node ${join(root, 'bin', 'channel-ledger.js')}`;
  const line = `stty cols ${COLUMNS}; ${command.replace(/^npx channel-ledger(?= )/, launcher)}`;
  return execFileSync('script', ['-qec', line, '/dev/null'], {
    cwd: place,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CI: 'true', TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: '' },
  });
}
