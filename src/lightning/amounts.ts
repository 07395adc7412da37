/** Money: `bigint` millisatoshi or satoshi. Every conversion is here, its rounding in its name. */
import { expected } from './expected.ts';

export const MSAT_PER_SAT = 1000n;
/** All bitcoin there will ever be. */
export const MAX_MONEY_SAT = 21_000_000n * 100_000_000n;

export function satToMsat(sat: bigint): bigint {
  return sat * MSAT_PER_SAT;
}

/** Towards minus infinity, for negative differences too. */
export function msatToSatFloor(msat: bigint): bigint {
  const sat = msat / MSAT_PER_SAT;
  return msat < 0n && msat % MSAT_PER_SAT !== 0n ? sat - 1n : sat;
}

/** Towards plus infinity, for negative differences too. */
export function msatToSatCeil(msat: bigint): bigint {
  return -msatToSatFloor(-msat);
}

/** An amount stored as decimal digits, never negative. */
export function parseAmount(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^(?:0|[1-9][0-9]{0,18})$/.test(value)) {
    throw expected(name, 'an amount in decimal digits', value);
  }
  return BigInt(value);
}

/** A difference of amounts stored as decimal digits, with a minus sign where it is negative. */
export function parseSignedAmount(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^(?:0|-?[1-9][0-9]{0,18})$/.test(value)) {
    throw expected(name, 'a signed amount in decimal digits', value);
  }
  return BigInt(value);
}

/** For people, whatever the unit: `1,234,567`. */
export function formatDigits(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString();
  const grouped = digits.replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
  return amount < 0n ? `-${grouped}` : grouped;
}

/** For people, in satoshi: `1,234,567` or, where it is not whole, `1,234,567.089`. */
export function formatMsatAsSat(msat: bigint): string {
  const size = msat < 0n ? -msat : msat;
  const rest = size % MSAT_PER_SAT;
  const whole = formatDigits(size / MSAT_PER_SAT);
  const text = rest === 0n ? whole : `${whole}.${rest.toString().padStart(3, '0')}`;
  return msat < 0n ? `-${text}` : text;
}
