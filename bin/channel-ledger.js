#!/usr/bin/env node
// The launcher: plain JavaScript that any Node can parse. It says what is missing before anything
// is imported, because the SQLite binding crashes older versions instead of failing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = join(dirname(fileURLToPath(import.meta.url)), '..');
const pinnedNode = join(home, 'node_modules', 'node', 'bin', 'node');
const source = join(home, 'src', 'cli', 'main.ts');
const built = join(home, 'dist', 'src', 'cli', 'main.js');
const inCheckout = existsSync(source);
// A checkout runs its TypeScript sources as they are: Node does so from 22.18 on, and without a
// warning from 24 on, which is why the pinned Node is preferred to anything older.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const canRun = inCheckout ? major > 22 || (major === 22 && minor >= 18) : major >= 22;

if (inCheckout && major < 24 && process.execPath !== pinnedNode && existsSync(pinnedNode)) {
  runUnderPinnedNode();
} else if (canRun) {
  endWithLauncher();
  // Compiled code is kept between runs, which halves the start-up: beside the code and trusted as
  // it is, not in a temporary directory that others can write to. Where it cannot be, it is not.
  nodeModule.enableCompileCache?.(join(home, 'node_modules', '.cache', 'compile'));
  await import(pathToFileURL(inCheckout ? source : built).href);
} else {
  process.stderr.write(
    `channel-ledger needs Node 22 or newer and this is ${process.version}: install a newer Node, ` +
      'or in a checkout run "npm ci", which brings its own.\n',
  );
  process.exitCode = 3;
}

function runUnderPinnedNode() {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  // Nothing is sent through the channel: that it closes tells the child that this process is gone.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(pinnedNode, args, { stdio });
  // The terminal's Ctrl-C reaches the child by itself too, which takes the two for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    process.stderr.write(`channel-ledger: ${error.message}: run "npm ci" again.\n`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 15);
  });
}

/** A launcher that was killed cannot hand on a signal: without it this process would go on unseen. */
function endWithLauncher() {
  if (process.execPath !== pinnedNode || process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
