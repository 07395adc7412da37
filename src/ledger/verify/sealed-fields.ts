/** Sealed fields opened for checking, or why they cannot be. */
import type { EventTable } from '../../schema/event-definition.ts';
import { type KeyLookup, openSealed } from '../sealing.ts';
import type { LedgerEvent } from '../stored-event.ts';
import { eventTables, parseStream } from '../streams.ts';
import type { Findings, Place } from './report.ts';

export type OpenedFields =
  | { readonly state: 'open'; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly state: 'closed'; readonly why: string };

const nothingSealed: OpenedFields = { state: 'closed', why: 'the source did not tell it' };
const noKey: OpenedFields = { state: 'closed', why: 'no key' };
const purged: OpenedFields = { state: 'closed', why: 'purged' };
const damaged: OpenedFields = { state: 'closed', why: 'the sealed value is damaged' };

export const SEALED_RULE = 'sealed-opens';

/** Opens the event's sealed value and holds it to the rule that it opens where it stands. */
export function openFields(
  findings: Findings,
  keys: KeyLookup,
  event: LedgerEvent,
  place: Place,
): OpenedFields {
  if (event.sealed === undefined) return nothingSealed;
  const opened = openSealed(keys, event, event.sealed);
  switch (opened.state) {
    case 'no-key':
      findings.notCheckable(SEALED_RULE, 'no key');
      return noKey;
    case 'purged':
      findings.notCheckable(SEALED_RULE, 'purged');
      return purged;
    case 'damaged':
      findings.broken(SEALED_RULE, place, 'the sealed value does not open here with its key');
      return damaged;
    case 'open': {
      const fields = fieldsOf(event, opened.text);
      const problem = 'the sealed value is not what its type seals';
      findings.judge(SEALED_RULE, place, fields === undefined ? problem : undefined);
      return fields === undefined ? damaged : { state: 'open', fields };
    }
  }
}

function fieldsOf(event: LedgerEvent, text: string): Record<string, unknown> | undefined {
  const category = parseStream(event.stream)?.category;
  const table: EventTable = category === undefined ? {} : eventTables[category];
  try {
    // Unknown types have no codec: what they sealed is theirs.
    const codec = table[event.type]?.sealedCodec;
    return (codec?.parse(JSON.parse(text)) ?? {}) as Record<string, unknown>;
  } catch {
    // Neither JSON nor a schema's error may be shown: both could quote a secret.
    return undefined;
  }
}
