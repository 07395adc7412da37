/**
 * `npm run build`, and part of `npm pack`: dist/ from the sources, from nothing, so that
 * no file of an earlier build is shipped. Quiet unless something is wrong.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from './build-page.ts';

const root = join(import.meta.dirname, '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status, error } = spawnSync(
  process.execPath,
  [compiler, '-p', join(root, 'tsconfig.build.json')],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
if (error !== undefined) process.stderr.write(`${error.message}\n`);
process.exitCode = status ?? 1;
if (status === 0) await buildPage(join(root, 'dist', 'page'));
