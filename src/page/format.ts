/** Amounts, times and names as this page spells them: what the commands print, with thin spaces. */
import { formatDigits, formatMsatAsSat } from '../lightning/amounts.ts';
import type { Policy } from './api/json.ts';
import type { Seen } from './moment.ts';

/** What nothing told. */
export const UNKNOWN = 'unknown';
/** Narrow and not broken: three digits stay together, and the number on its line. */
const THIN_SPACE = '\u202f';

const thin = (text: string) => text.replaceAll(',', THIN_SPACE);

/** In satoshi, with a thousandth where there is one. */
export function msatAsSat(msat: string | undefined): string {
  return msat === undefined ? UNKNOWN : thin(formatMsatAsSat(BigInt(msat)));
}

export function sat(amountSat: string | undefined): string {
  return amountSat === undefined ? UNKNOWN : thin(formatDigits(BigInt(amountSat)));
}

export function count(number: number | undefined): string {
  return number === undefined ? UNKNOWN : thin(formatDigits(BigInt(number)));
}

/** A sum that a gap makes a lower bound. */
export function atLeast(text: string, isAtLeast: boolean): string {
  return isAtLeast && text !== UNKNOWN ? `≥${THIN_SPACE}${text}` : text;
}

/** A difference, with its sign. */
export function signedMsatAsSat(msat: bigint): string {
  const text = thin(formatMsatAsSat(msat));
  return msat > 0n ? `+${text}` : text.replace('-', '−');
}

/** `1 channel`, `2 channels`. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** UTC to the second. */
export function time(text: string | undefined): string {
  return text === undefined ? UNKNOWN : text.slice(0, 19).replace('T', ' ');
}

/** UTC to the millisecond, for events that follow each other quickly. */
export function exactTime(text: string): string {
  return text.slice(0, 23).replace('T', ' ');
}

/** A moment as `--at` takes it, shortened for people where it is a time. */
export function momentText(moment: string): string {
  return /^\d{4}-\d{2}-\d{2}T/.test(moment) ? `${exactTime(moment)} UTC` : moment;
}

/** `, as of …, as known at …`; empty where it is live. */
export function seenText({ at, knownAt }: Seen): string {
  return [
    at === undefined ? '' : `, as of ${momentText(at)}`,
    knownAt === undefined ? '' : `, as known at ${momentText(knownAt)}`,
  ].join('');
}

/** Base fee in msat, then the proportional part. */
export function policy(row: Policy | undefined): string {
  if (row === undefined) return UNKNOWN;
  const baseMsat = thin(formatDigits(BigInt(row.feeBaseMsat)));
  const fee = `${baseMsat} + ${count(row.feeProportionalMillionths)} ppm`;
  return row.isDisabled ? `${fee}, off` : fee;
}

/** Parts per million as a percentage with one decimal. */
export function percent(partsPerMillion: number | undefined): string {
  return partsPerMillion === undefined ? UNKNOWN : `${(partsPerMillion / 10_000).toFixed(1)} %`;
}

const SHORT_ID = 12;

/** A key or a hash, long enough to tell it from others. */
export function shortId(id: string): string {
  return id.length > SHORT_ID ? `${id.slice(0, SHORT_ID)}…` : id;
}

/** Text of others: what does not print is shown as what it is, and cannot turn the line around. */
export function outsideText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}

/** JSON over several lines, in its own escapes where text of others does not print. */
export function outsideJson(value: unknown): string {
  const escaped = (characters: string) =>
    Array.from({ length: characters.length }, (_, index) => {
      return `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }).join('');
  // What is below a space JSON escapes by itself: a line break here is one between two members.
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    escaped,
  );
}
