/**
 * How well a time is known that no source tells: it was placed between times that are, and these are its
 * bounds. Either may be missing. A time without bounds was told, or recorded as it happened.
 */
import type { Static } from 'typebox';
import { Fields, Maybe, Time } from './fields.ts';
import type { Metadata } from './metadata.ts';

export const TimeBounds = Fields({ notBefore: Maybe(Time), notAfter: Maybe(Time) });
export type TimeBounds = Readonly<Static<typeof TimeBounds>>;

/** Undefined of a time that was told or recorded; without both bounds of one placed by mere guess. */
export function timeBoundsIn({
  timeBasis,
  notBefore,
  notAfter,
}: Pick<Metadata, 'timeBasis' | 'notBefore' | 'notAfter'>): TimeBounds | undefined {
  if (timeBasis !== 'interpolated') return undefined;
  return {
    ...(notBefore !== undefined && { notBefore }),
    ...(notAfter !== undefined && { notAfter }),
  };
}
