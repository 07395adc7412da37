/** The entry: this process as the command line of real ledgers and real sources. */
import { importers } from './importers.ts';
import { liveSources } from './live-sources.ts';
import { runProcess } from './process.ts';

// Each is loaded when a command asks for it: help and wrong usage need no store and no node.
await runProcess({
  ledgers: () => import('../ledger/open-ledger.ts'),
  demoNetwork: async () => (await import('./demo-network.ts')).demoNetwork,
  liveSources,
  importers,
});
