/** Metadata as a ledger writes it, for events of types that no ledger knows. */
export const NOW = '2026-03-14T15:09:26.535897932Z';
export const metadata = JSON.stringify({
  source: 'test',
  evidence: {},
  happenedAt: NOW,
  timeBasis: 'recorded',
  recordedAt: NOW,
  schema: 1,
  minReader: 1,
});
