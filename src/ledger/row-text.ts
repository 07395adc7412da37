/** Rows and snapshots as they are kept: derived data, so whatever is wrong with one, it is refolded. */
import { Compile } from 'typebox/compile';
import type { RowBase } from '../../projections/projection.ts';
import { type Codec, SchemaError } from '../schema/codec.ts';
import { sizerOf } from '../schema/text-size.ts';
import { timeNsOf } from '../schema/time.ts';
import { whenAsked } from '../schema/when-asked.ts';
import type { KeptRow, KeptSnapshot } from '../store/event-store.ts';
import type { Fold } from './fold.ts';

export interface RowText<Row extends RowBase> {
  /** Undefined where a row does not fit its schema (a stream of a hostile name): it is not kept. */
  encode(stream: string, row: Row): KeptRow | undefined;
  /** `position`: of the last event in it. */
  encodeSnapshot(stream: string, row: Row, position: number): KeptSnapshot | undefined;
  /** About how many its text has, without writing it. */
  charactersOf(row: Row): number;
  /** The row, or undefined for one of another version, torn, or not of the events it names. */
  decode(kept: KeptRow): Row | undefined;
}

export function rowTextOf<Row extends RowBase>(fold: Fold<Row>): RowText<Row> {
  const { name, version, codec } = fold;
  const stored = whenAsked(() => Compile(codec.schema));
  const encode = (stream: string, row: Row): KeptRow | undefined => {
    const json = textOf(codec, row);
    const revision = row.eventCount - 1;
    return json === undefined ? undefined : { projection: name, stream, revision, version, json };
  };
  return {
    encode,
    encodeSnapshot(stream, row, position) {
      const kept = encode(stream, row);
      if (kept === undefined || row.lastEventAt === undefined) return undefined;
      return { ...kept, position, happenedAtNs: timeNsOf(row.lastEventAt) };
    },
    charactersOf: sizerOf(codec.schema),
    decode(kept) {
      if (kept.version !== version) return undefined;
      const json = parsed(kept.json);
      if (!stored().Check(json)) return undefined;
      const row = codec.decode(json);
      const isWhole = row.eventCount === kept.revision + 1 && row.lastEventAt !== undefined;
      return isWhole ? row : undefined;
    },
  };
}

function textOf<Row>(codec: Codec<Row>, row: Row): string | undefined {
  try {
    return codec.encode(row);
  } catch (cause) {
    if (cause instanceof SchemaError) return undefined;
    throw cause;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
