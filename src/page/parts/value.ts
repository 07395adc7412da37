/** A field's value as people read it: amounts in satoshi, ids shortened, lists in a row. */
import { count, msatAsSat, outsideText, sat, shortId } from '../format.ts';

const LONG = 16;
/** As it is stored, to the nanosecond. */
const TIME = /^(\d{4}-\d{2}-\d{2})T([\d:]{8}\.\d{9})Z$/;

export function valueText(field: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (Array.isArray(value)) {
    return value.length === 0 ? 'none' : value.map((one) => valueText(field, one)).join(', ');
  }
  if (typeof value === 'object') return outsideText(JSON.stringify(value));
  if (typeof value === 'number') return isHeight(field) ? count(value) : String(value);
  const text = String(value);
  if (/^-?\d+$/.test(text)) {
    if (/Msat$/.test(field)) return `${msatAsSat(text)} sat`;
    if (/Sat$/.test(field)) return `${sat(text)} sat`;
  }
  if (/^[0-9a-f]+(:\d+)?$/.test(text) && text.length > LONG) return shortId(text);
  return outsideText(text.replace(TIME, '$1 $2 UTC'));
}

const isHeight = (field: string) => /(?:height|expiry|feerate)/i.test(field);

/** `htlcs.offered/3.amountMsat` with what names things in it shortened. */
export function fieldText(field: string): string {
  return field.replace(/[0-9a-f]{64}/g, (id) => `${id.slice(0, 8)}…`);
}
