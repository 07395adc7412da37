/** Any value of an event or a row as short text on one line. */
import { formatDigits } from '../lightning/amounts.ts';
import { exactTime } from './format.ts';
import type { Style } from './style.ts';

const LONGEST_HEX = 16;
const LONGEST_LIST = 8;

export function plainValue(value: unknown, style: Style): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'bigint') return formatDigits(value);
  if (typeof value === 'string') return textValue(value, style);
  if (Array.isArray(value)) return listValue(value, style);
  if (typeof value === 'object') {
    const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
    const texts = fields.map(([name, inner]) => `${style.text(name)}=${plainValue(inner, style)}`);
    return `{${texts.join(' ')}}`;
  }
  return style.text(String(value));
}

function textValue(value: string, style: Style): string {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z$/.test(value)) return exactTime(value);
  const isLongHex = /^[0-9a-f]+(:\d+)?$/.test(value) && value.length > LONGEST_HEX;
  if (isLongHex) return `${value.slice(0, LONGEST_HEX)}${style.glyphs.ellipsis}`;
  // Quotes keep words of somebody else apart from the line around them.
  return /^[\w.:x+-]*$/.test(value) && value !== '' ? value : `"${style.text(value)}"`;
}

function listValue(values: readonly unknown[], style: Style): string {
  const shown = values.slice(0, LONGEST_LIST).map((value) => plainValue(value, style));
  const more = values.length - shown.length;
  return `[${shown.join(' ')}${more > 0 ? ` +${more} more` : ''}]`;
}
