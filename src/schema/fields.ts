/**
 * The field types of stored events and rows. Each is a TypeBox schema of the stored JSON form; money
 * and nanoseconds are decimal strings there and `bigint` in memory (`codec: 'bigint'`, see codec.ts).
 */
import Type, { type TSchema } from 'typebox';
import type { ChannelId, NodeId, Outpoint, ShortChannelId, Txid } from '../lightning/ids.ts';

const DECIMAL = '^(0|-?[1-9][0-9]{0,18})$';
const UNSIGNED_DECIMAL = '^(0|[1-9][0-9]{0,18})$';

/** Millisatoshi, never negative. */
export const Msat = Type.Unsafe<bigint>(bigintField('msat', UNSIGNED_DECIMAL, 0n));
/** A difference of millisatoshi, either sign. */
export const MsatDelta = Type.Unsafe<bigint>(bigintField('msat, signed', DECIMAL, undefined));
/** Whole satoshi, never negative. */
export const Sat = Type.Unsafe<bigint>(bigintField('sat', UNSIGNED_DECIMAL, 0n));

function bigintField(unit: string, pattern: string, minimum: bigint | undefined): TSchema {
  const bounds = minimum === undefined ? {} : { minimumBigint: minimum.toString() };
  return { type: 'string', pattern, codec: 'bigint', description: unit, ...bounds } as TSchema;
}

/** Lower-case hex of exactly `bytes` bytes. */
export const Hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
/** Lower-case hex of any length up to `maxBytes`. */
export const HexUpTo = (maxBytes: number) =>
  Type.String({ pattern: '^([0-9a-f]{2})*$', maxLength: maxBytes * 2 });

export const NodeIdField = Type.Unsafe<NodeId>(Type.String({ pattern: '^0[23][0-9a-f]{64}$' }));
export const ChannelIdField = Type.Unsafe<ChannelId>(Type.String({ pattern: '^[0-9a-f]{64}$' }));
export const TxidField = Type.Unsafe<Txid>(Type.String({ pattern: '^[0-9a-f]{64}$' }));
export const OutpointField = Type.Unsafe<Outpoint>(
  Type.String({ pattern: '^[0-9a-f]{64}:(0|[1-9][0-9]{0,4})$' }),
);
export const ShortChannelIdField = Type.Unsafe<ShortChannelId>(
  Type.String({ pattern: '^[0-9]{1,8}x[0-9]{1,8}x[0-9]{1,5}$' }),
);

/** RFC 3339 in UTC with nine decimals: sorts as text. */
export const Time = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$',
});

/** A count, height, number or delta: an integer that JSON holds exactly. */
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A whole number of either sign. */
export const SignedCount = Type.Integer({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
});
/** Text from outside: attacker-controlled, bounded, escaped only where it is shown. */
export const OUTSIDE_TEXT_LENGTH = 65_536;
export const OutsideText = Type.String({ maxLength: OUTSIDE_TEXT_LENGTH });
/** A whole record, kept sealed: below the size every store takes of an event. */
export const WHOLE_RECORD_LENGTH = 350_000;
export const WholeRecord = Type.String({ maxLength: WHOLE_RECORD_LENGTH });
export const Flag = Type.Boolean();

/** A closed list of words. */
export const OneOf = <const W extends readonly string[]>(...words: W) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words] } as TSchema);

/** An object that takes no field beyond those named; field order is the stored order. */
export const Fields = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
export const Maybe = Type.Optional;
export const ListOf = <S extends TSchema>(items: S) => Type.Array(items);
