/**
 * `npm run picture`: records the demo in a temporary folder and draws what a terminal shows of it as
 * docs/demo.svg. `npm run picture -- FILE.svg COMMAND…` draws any other commands, one an argument.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { screenOf } from './picture/screen.ts';
import { svgOf } from './picture/svg.ts';

const COLUMNS = 120;
const root = join(import.meta.dirname, '..');

/** What the picture in the README shows: the demo first, without its output, and then two answers. */
const LEDGER = '--ledger demo-ledger';
const PREPARE = `channel-ledger demo --seed picture ${LEDGER}`;
const SHOWN = ['channels', 'closed'].map((command) => `channel-ledger ${command} ${LEDGER}`);

const [file = join(root, 'docs', 'demo.svg'), ...asked] = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), 'picture-'));
try {
  if (asked.length === 0) recorded(PREPARE);
  const lines = (asked.length === 0 ? SHOWN : asked).flatMap((command) => [
    ...screenOf(`\x1b[32m$\x1b[0m \x1b[1m${command}\x1b[0m`),
    ...screenOf(recorded(command)),
  ]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, svgOf(lines, 'channel-ledger'));
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** Output as it comes to a terminal of a fixed width, which util-linux's `script` pretends to be. */
function recorded(command: string): string {
  const launcher = `node ${join(root, 'bin', 'channel-ledger.js')}`;
  const line = command.replace(/^channel-ledger(?= )/, launcher);
  return execFileSync('script', ['-qec', `stty cols ${COLUMNS}; ${line}`, '/dev/null'], {
    cwd: asked.length === 0 ? place : process.cwd(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: '' },
  });
}
