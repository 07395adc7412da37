/** Run by the bench in a process of its own: rebuilds a ledger's rows and prints its peak memory. */
import { existsSync, readFileSync } from 'node:fs';
import { openLedger } from '../../src/ledger/open-ledger.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: rebuild-alone.ts LEDGER');
const ledger = await openLedger(path);
await ledger.rebuild();
await ledger.close();
process.stdout.write(String(peakBytes()));

/**
 * Linux counts what the process that started this one held into its maxRSS, so that a large bench would
 * measure itself: its own high-water mark is told only here.
 */
function peakBytes(): number {
  const status = '/proc/self/status';
  const mark = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'));
  return (mark ? Number(mark[1]) : process.resourceUsage().maxRSS) * 1024;
}
