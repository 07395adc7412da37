/** Loaded before the command by the bench (`node --import`): says at the end what this process took at most. */
import { existsSync, readFileSync } from 'node:fs';

process.once('exit', () => process.stderr.write(`\npeak ${peakBytes()}\n`));

/** The high-water mark, since Linux counts into maxRSS what the process held that started this one. */
function peakBytes(): number {
  const status = '/proc/self/status';
  const mark = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'));
  return (mark ? Number(mark[1]) : process.resourceUsage().maxRSS) * 1024;
}
