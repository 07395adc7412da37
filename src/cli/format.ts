/** Amounts, times and names as people read them. */
import type { PolicyRow } from '../../projections/channel-row.ts';
import { formatDigits, formatMsatAsSat } from '../lightning/amounts.ts';
import type { Style } from './style.ts';

/** In satoshi, with a thousandth where there is one; empty where it is not known. */
export function msatAsSat(msat: bigint | undefined): string {
  return msat === undefined ? '' : formatMsatAsSat(msat);
}

export function sat(amountSat: bigint | undefined): string {
  return amountSat === undefined ? '' : formatDigits(amountSat);
}

export function count(number: number | undefined): string {
  return number === undefined ? '' : formatDigits(BigInt(number));
}

/** UTC to the second; rows are told apart by more than their time. */
export function time(text: string | undefined): string {
  return text === undefined ? '' : text.slice(0, 19).replace('T', ' ');
}

/** UTC to the millisecond, for events that follow each other quickly. */
export function exactTime(text: string): string {
  return text.slice(0, 23).replace('T', ' ');
}

/** Parts per million as a percentage with one decimal. */
export function percent(partsPerMillion: number | undefined): string {
  return partsPerMillion === undefined ? '' : `${(partsPerMillion / 10_000).toFixed(1)} %`;
}

/** `1,000 + 100 ppm`: base fee in msat, then the proportional part. */
export function policy(row: PolicyRow | undefined): string {
  if (row === undefined) return '';
  const fee = `${formatDigits(row.feeBaseMsat)} + ${count(row.feeProportionalMillionths)} ppm`;
  return row.isDisabled ? `${fee}, off` : fee;
}

/** Everything a policy says. */
export function fullPolicy(row: PolicyRow | undefined): string | undefined {
  if (row === undefined) return undefined;
  const most = row.htlcMaximumMsat === undefined ? '' : ` to ${msatAsSat(row.htlcMaximumMsat)}`;
  const parts = [
    `${formatDigits(row.feeBaseMsat)} msat + ${count(row.feeProportionalMillionths)} ppm`,
    `${row.cltvExpiryDeltaBlocks} blocks`,
    `${msatAsSat(row.htlcMinimumMsat)}${most} sat`,
    row.isDisabled ? 'disabled' : '',
    inboundFee(row),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function inboundFee(row: PolicyRow): string {
  const { inboundFeeBaseMsat, inboundFeeProportionalMillionths: ppm } = row;
  if (inboundFeeBaseMsat === undefined && ppm === undefined) return '';
  return `inbound ${formatDigits(inboundFeeBaseMsat ?? 0n)} msat + ${ppm ?? 0} ppm`;
}

/** A node's key, long enough to tell it from others and to be found by. */
export function shortNodeId(nodeId: string): string {
  return nodeId.slice(0, 12);
}

/** Which part of the capacity is ours, as a bar; empty where the balances are not known. */
export function balanceBar(
  localMsat: bigint | undefined,
  remoteMsat: bigint | undefined,
  cells: number,
  { glyphs }: Style,
): string {
  if (localMsat === undefined || remoteMsat === undefined) return '';
  const total = localMsat + remoteMsat;
  if (total === 0n) return '';
  const eighths = Number((localMsat * BigInt(cells * 8) + total / 2n) / total);
  const full = Math.floor(eighths / 8);
  const part = full < cells ? (glyphs.leftEighths[eighths % 8] ?? '') : '';
  const filled = (glyphs.leftEighths[8] ?? '#').repeat(full) + (part === ' ' ? '' : part);
  return filled + glyphs.emptyCell.repeat(cells - [...filled].length);
}

/** A sum that a gap makes a lower bound is marked as one. */
export function atLeast(text: string, isAtLeast: boolean, { glyphs }: Style): string {
  return isAtLeast && text !== '' ? `${glyphs.atLeast}${text}` : text;
}

/** `1 event`, `2 events`. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * `3 wallets`, `1 wallet`: of a kind that is named in the plural. What a source calls a table, a list or an event
 * is a name, and has none.
 */
export function countedOf(number: number, kind: string): string {
  return `${count(number)} ${number === 1 ? singular(kind) : kind}`;
}

const PLURAL =
  /\b(wallet|channel|HTLC|payment|transaction|forward|edge|line|link|set|invoice|announcement|update|commitment|fact|output|patch(?=e)|polic(?=ies))(?:s|es|ies)\b/;

function singular(kind: string): string {
  return kind.replace(PLURAL, (_, noun: string) => (noun === 'polic' ? 'policy' : noun));
}
