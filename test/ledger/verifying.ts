/** What the tests of verify share: its answer by rule, and events that no recorder would write. */
import * as assert from 'uvu/assert';
import { columnsOf, eventId } from '../../src/ledger/envelope.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import type { LocalStore, NewEvent } from '../../src/store/event-store.ts';
import type { MemoryStore } from '../../src/store/memory.ts';
import { keyringOf } from './recording.ts';
import { channelId, us } from './story.ts';

export const stream = `channel-${us.nodeId}.${channelId}.ldk`;
export const verify = (store: LocalStore, keyring = keyringOf(store)) =>
  verifyLedger({ store, keyring });

/** checked/broken of one rule. */
export function tally(report: Awaited<ReturnType<typeof verify>>, rule: string) {
  const found = report.rules.find((one) => one.rule === rule);
  assert.ok(found, `no rule ${rule}`);
  return { checked: found.checked, broken: found.broken };
}

export function whyNot(report: Awaited<ReturnType<typeof verify>>, rule: string) {
  const found = report.rules.find((one) => one.rule === rule)?.notCheckable ?? [];
  return Object.fromEntries(found.map(({ why, count }) => [why, count]));
}

/** Appends past the recorder and its rules. */
export async function appendRaw(
  store: MemoryStore,
  fact: { readonly type: string; readonly data: object; readonly key: string; at?: string },
  changes: Partial<NewEvent> & { readonly into?: string } = {},
): Promise<void> {
  const { into = stream, ...changed } = changes;
  const { type, data, key, at = '2026-01-01T01:00:00.000000000Z' } = fact;
  const times = { happenedAt: at, recordedAt: at };
  const metadata = { source: 'ldk', evidence: 'e', happenedAt: at, timeBasis: 'source' };
  const event = {
    id: eventId(into, type, key),
    type,
    data: JSON.stringify(data, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    metadata: JSON.stringify({ ...metadata, recordedAt: at, schema: 1, minReader: 1 }),
    columns: columnsOf(type, data, times),
    ...changed,
  };
  const expectedRevision = store.streamHead(into)?.revision ?? -1;
  assert.ok((await store.append(into, [event], { expectedRevision })).ok);
}
