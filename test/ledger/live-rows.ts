/** Rows that follow one stream as it is recorded live. */
import { channelProjection } from '../../projections/channel.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { channelStream, Growing, policies } from './growing.ts';

export const stream = channelStream(0);
/** Longer than any test. */
export const writeAfterMs = 2 ** 30;

/** A stream of policy changes, recorded live, and its rows. */
export async function recorded(count: number, options = {}) {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs, ...options });
  for (let from = 0; from < count; from += 50) {
    rows.applyLive([await growing.append(stream, policies(from, Math.min(from + 50, count)))]);
  }
  return { store, growing, rows };
}

export const rowOf = (rows: LedgerRows) => rows.one(channelProjection, stream)?.row;
