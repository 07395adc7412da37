/** What each verdict says, in a terminal, a report and on the page. Pure. */
import type { Cause } from './verdict.ts';

export const VERDICTS: Readonly<Record<Cause, string>> = {
  user: 'somebody wanted it closed',
  'offered-htlc-expired': 'an offered HTLC expired',
  'received-htlc-near-deadline': 'a received HTLC was near its deadline, its preimage known',
  'peer-error': "the peer's error",
  'own-error': "this node's own error",
  feerate: 'feerate',
  'data-loss': 'data loss',
  'revoked-state': 'a revoked state was broadcast',
  unknown: 'unknown',
};
