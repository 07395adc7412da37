/** The head that README shows is the one that its seed gives: `npm run picture` renews both. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'channel-ledger.js');
const place = mkdtempSync(join(tmpdir(), 'readme-head-'));
test.after(() => rmSync(place, { recursive: true, force: true }));

function run(...args: string[]): string {
  return execFileSync(process.execPath, [program, ...args], { cwd: place, encoding: 'utf8' });
}

test('README shows the head and the number of events of "demo --seed readme"', () => {
  run('demo', '--seed', 'readme');
  const last = run('verify', '--ledger', 'demo-ledger').trim().split('\n').slice(-2).join('\n');
  assert.match(last, /^sound: [0-9,]+ events in [0-9]+ streams\nhead [0-9a-f]{64}$/);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  assert.ok(readme.includes(`\n${last}\n`), `run "npm run picture": now it is\n${last}`);
});

test.run();
