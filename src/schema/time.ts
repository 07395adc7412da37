/** Moments in time: nanoseconds since 1970 as `bigint` inside, RFC 3339 UTC text when stored. */

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
/** The year 2200: well below 64 bits, so that what comes after the last time can be stored too. */
export const AFTER_LAST_NS = 7_258_118_400_000_000_000n;
const STORED = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{9})Z$/;

/** RFC 3339 UTC with nine decimals, the one stored form of a time. */
export function timeText(timeNs: bigint): string {
  const second = Number(timeNs / NS_PER_SECOND);
  if (second !== lastSecond.number) {
    const iso = new Date(second * 1000).toISOString();
    lastSecond = { number: second, text: iso.slice(0, -'.000Z'.length) };
  }
  return `${lastSecond.text}.${String(timeNs % NS_PER_SECOND).padStart(9, '0')}Z`;
}

/** Times come in order, many of them in the same second: its text is made once. */
let lastSecond = { number: Number.NaN, text: '' };

/** The nanoseconds of a stored time; throws when `text` is not in the stored form. */
export function timeNsOf(text: string): bigint {
  const fraction = text.slice(FRACTION_AT, -1);
  const isLast = text.startsWith(lastParsed.text) && text.endsWith('Z') && isFraction(fraction);
  if (isLast && text[FRACTION_AT - 1] === '.') return lastParsed.secondNs + BigInt(fraction);
  const match = STORED.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (match === null || Number.isNaN(ms)) {
    throw new Error(`time "${text}" is not RFC 3339 UTC with nine decimals`);
  }
  const secondNs = BigInt(ms) * NS_PER_MS;
  lastParsed = { text: match[1] ?? '', secondNs };
  return secondNs + BigInt(match[2] ?? '0');
}

const FRACTION_AT = '2026-03-14T15:09:26.'.length;
/** The same the other way. No stored time begins so. */
let lastParsed = { text: '-', secondNs: 0n };

function isFraction(digits: string): boolean {
  return digits.length === 9 && /^\d{9}$/.test(digits);
}

/** The first whole second that is not before it: an upper bound must not be cut to what it excludes. */
export function secondFrom(text: string): string {
  const ns = timeNsOf(text) + NS_PER_SECOND - 1n;
  return timeText(ns - (ns % NS_PER_SECOND));
}

/** Any RFC 3339 time a person or program writes (zone, fewer decimals, a bare date). */
export function parseTimeNs(text: string): bigint {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})?)?$/.exec(
      text.trim(),
    );
  const [, day, clock = '00:00:00', fraction = '', zone = 'Z'] = match ?? [];
  const ms = match === null ? Number.NaN : Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  // Date.parse takes February the 30th for a day of March.
  const isDay =
    !Number.isNaN(ms) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(`${day}T`);
  if (!isDay) {
    throw new Error(`"${text}" is not a time: write it like 2026-03-14T15:09:26Z`);
  }
  return BigInt(ms) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}
