/** Rows and snapshots as they are kept: derived data, so whatever is wrong with one, it is refolded. */
import { Compile } from 'typebox/compile';
import type { RowBase } from '../../projections/projection.ts';
import { timeNsOf } from '../schema/time.ts';
import type { KeptRow, KeptSnapshot } from '../store/event-store.ts';
import type { Fold } from './fold.ts';

export interface RowText<Row extends RowBase> {
  encode(stream: string, row: Row): KeptRow;
  encodeSnapshot(stream: string, row: Row, position: number): KeptSnapshot;
  /** The row, or undefined for one of another version, torn, or not of the events it names. */
  decode(kept: KeptRow): Row | undefined;
}

export function rowTextOf<Row extends RowBase>(fold: Fold<Row>): RowText<Row> {
  const { name, version, codec } = fold;
  const stored = Compile(codec.schema);
  const encode = (stream: string, row: Row): KeptRow => {
    const revision = row.eventCount - 1;
    return { projection: name, stream, revision, version, json: codec.encode(row) };
  };
  return {
    encode,
    encodeSnapshot(stream, row, position) {
      const happenedAtNs = timeNsOf(row.lastEventAt ?? '');
      return { ...encode(stream, row), position, happenedAtNs };
    },
    decode(kept) {
      if (kept.version !== version) return undefined;
      const json = parsed(kept.json);
      if (!stored.Check(json)) return undefined;
      const row = codec.decode(json);
      const isWhole = row.eventCount === kept.revision + 1 && row.lastEventAt !== undefined;
      return isWhole ? row : undefined;
    },
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
