/** Run by the bench in a process of its own: rebuilds a ledger's rows and prints its peak memory. */
import { openLedger } from '../../src/ledger/open-ledger.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: rebuild-alone.ts LEDGER');
const ledger = await openLedger(path);
await ledger.rebuild();
await ledger.close();
// Linux counts in kilobytes.
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
