/** The entry: this process as the command line of real ledgers and real sources. */
import type { DemoNetwork, Ledgers } from './ledger-port.ts';
import { liveSources } from './live-sources.ts';
import { runProcess } from './process.ts';

/** Loaded when a command asks for them: help and wrong usage need no store and no node. */
const ledgerModule = new URL('../ledger/ledger.ts', import.meta.url).href;
const demoModule = new URL('../sources/ldk/demo.ts', import.meta.url).href;

await runProcess({
  ledgers: async () => (await import(ledgerModule)) as Ledgers,
  demoNetwork: async () => (await import(demoModule)) as DemoNetwork,
  liveSources,
});
