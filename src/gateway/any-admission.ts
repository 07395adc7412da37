/**
 * Any well-formed event, without a look at what it says: for the tests of clients, which need a server
 * and no ledger. What bears a ledger's id and digest is stored by them; anything else as it came.
 */
import { type NewEvent, NO_STREAM, type StoredEvent } from '../store/event-store.ts';
import type { Admission, ProposedEvent } from './admission.ts';
import { digestsOf } from './appender.ts';
import type { WireEvent } from './recorded-event.ts';
import { cutMetadata, wireId, wireMetadata } from './wire-form.ts';

const KEPT_TIPS = 10_000;
const columns = {
  happenedAtNs: 0n,
  recordedAtNs: 0n,
  amount1: null,
  amount2: null,
  isMarked: false,
};

export const anyAdmission: Admission = {
  keptTips: KEPT_TIPS,
  tipOf: (_stream, head) => {
    return { revision: head?.revision ?? NO_STREAM, digest: head?.digest, state: undefined };
  },
  canFollow: () => true,
  admit: (stream, tip, proposed) => {
    const events: NewEvent[] = [];
    let digest = tip.digest;
    let { revision } = tip;
    for (const event of proposed) {
      const cut = asLedgerEvent(event);
      const [own] = cut === undefined ? [] : digestsOf(stream, { revision, digest }, [cut]);
      const isOurs = cut !== undefined && own !== undefined && wireId(own) === event.id;
      const stored = isOurs ? cut : asItCame(event);
      [digest] = isOurs ? [own] : digestsOf(stream, { revision, digest }, [stored]);
      revision++;
      events.push(stored);
    }
    return { events, tip: { revision, digest, state: undefined } };
  },
  isSame: (stored, event) => {
    if (event === undefined || stored.type !== event.type || stored.data !== event.data)
      return false;
    const { id, metadata } = anyWireEvent(stored);
    return id === event.id && metadata === event.metadata;
  },
};

/** No JSON begins so: what follows is the metadata of an event that is no ledger's. */
const FOREIGN = { json: '\0json\0', binary: '\0binary\0' } as const;

function asItCame({ id, type, data, metadata, isJson }: ProposedEvent): NewEvent {
  const mark = isJson ? FOREIGN.json : FOREIGN.binary;
  return { id, type, data, metadata: mark + metadata, columns };
}

function asLedgerEvent({ type, data, metadata }: ProposedEvent): NewEvent | undefined {
  const cut = cutMetadata(metadata);
  return cut && { id: cut.id, type, data, metadata: cut.metadata, columns };
}

/** What was stored as it came goes back as it came. */
export function anyWireEvent(event: StoredEvent): WireEvent {
  const { id, metadata, digest } = event;
  if (metadata.startsWith(FOREIGN.json)) {
    const own = metadata.slice(FOREIGN.json.length);
    return { id, metadata: own, contentType: 'application/json' };
  }
  const contentType = 'application/octet-stream';
  if (metadata.startsWith(FOREIGN.binary)) {
    return { id, metadata: metadata.slice(FOREIGN.binary.length), contentType };
  }
  return { id: wireId(digest), metadata: wireMetadata(metadata, event), contentType };
}
