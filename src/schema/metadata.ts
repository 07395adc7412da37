/** The metadata every stored event carries (DESIGN §4, envelope). */
import type { Static } from 'typebox';
import { codecOf } from './codec.ts';
import { Count, Fields, Maybe, OneOf, OutsideText, Time } from './fields.ts';

/** How well the time is known: told by the source, placed between neighbours, or when we learned it. */
export const TimeBasis = OneOf('source', 'interpolated', 'recorded');

export const Metadata = Fields({
  source: OutsideText,
  evidence: OutsideText,
  happenedAt: Time,
  timeBasis: TimeBasis,
  notBefore: Maybe(Time),
  notAfter: Maybe(Time),
  blockHeight: Maybe(Count),
  recordedAt: Time,
  $causationId: Maybe(OutsideText),
  $correlationId: Maybe(OutsideText),
  schema: Count,
  minReader: Count,
});
export type Metadata = Readonly<Static<typeof Metadata>>;
export const metadataCodec = codecOf('metadata', Metadata);

/** The version of this reader; an event with a higher `minReader` stops it with a sentence. */
export const READER_VERSION = 1;
