/** A throw-away ledger of one channel, as a program of somebody's own told it. */
import type { Ledger } from '../../src/ledger/ledger.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { observations } from '../cli/observation-lines.ts';

/** Without a count all is told. */
export async function observedLedger(seed: string, count?: number): Promise<Ledger> {
  const ledger = await openLedger(MEMORY, { create: true, seed });
  await ledger.record(observations.slice(0, count));
  return ledger;
}
