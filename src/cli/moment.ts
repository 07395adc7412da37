/** The moments that `--at` and `--known-at` take (DESIGN §9), from what a person writes. */
import type { Moment } from '../ledger/query.ts';
import { parseTimeNs } from '../schema/time.ts';
import { UsageError } from './errors.ts';

const FORMS =
  'write a time (2026-03-14T15:09:26Z), height:800000 or position:1234, or for one channel ' +
  'revision:42 or commitment:local:17';

export function parseMoment(text: string): Moment {
  const [kind = '', first = '', second = '', ...rest] = text.split(':');
  if (kind === 'height' && second === '') return { kind, height: whole(first, text) };
  if (kind === 'position' && second === '') return { kind, position: whole(first, text) };
  if (kind === 'revision' && second === '') return { kind, revision: whole(first, text) };
  if (kind === 'commitment') {
    if ((first !== 'local' && first !== 'remote') || rest.length > 0) throw notAMoment(text);
    return { kind, side: first, number: whole(second, text) };
  }
  try {
    return { kind: 'time', timeNs: parseTimeNs(text) };
  } catch {
    throw notAMoment(text);
  }
}

/** A plain time, for options that take nothing else. */
export function parseTimeOption(text: string, option: string): bigint {
  try {
    return parseTimeNs(text);
  } catch {
    throw new UsageError(`${option} takes a time like 2026-03-14T15:09:26Z, not "${text}"`);
  }
}

function whole(digits: string, text: string): number {
  const number = /^(0|[1-9][0-9]{0,15})$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw notAMoment(text);
  return number;
}

function notAMoment(text: string): UsageError {
  return new UsageError(`"${text}" is not a moment: ${FORMS}`);
}
