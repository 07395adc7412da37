/** Bytes of LDK that this release cannot read: told, so that they go to quarantine and are not lost. */
import type { NodeFact } from '../../../node/observations.ts';
import type { TapRecord } from '../taps.ts';

/** What came instead of what was expected is left out: it may be part of a secret. */
export function undecoded(record: Extract<TapRecord, { readonly kind: 'undecoded' }>): NodeFact {
  const { what, raw } = record;
  const [why = ''] = record.why.split(', got ');
  const data = { what, why, byteCount: raw.length / 2 };
  return { type: 'RecordUndecoded', data, secret: { raw } };
}
