/**
 * Every event as its bytes lie in the store: digests recomputed over them, revisions without a hole,
 * the one canonical form, and columns, id and times compared with what the JSON says.
 */
import type { AnyEventDefinition, EventTable } from '../../schema/event-definition.ts';
import { type Metadata, READER_VERSION } from '../../schema/metadata.ts';
import { eventDigest, ledgerHead, uuidText } from '../../store/digest.ts';
import type { EventColumns, ExactEvent } from '../../store/event-store.ts';
import { columnsOf, eventId } from '../envelope.ts';
import { eventTables, parseStream } from '../streams.ts';
import { dataForm, metadataForm, unknownForm } from './canonical.ts';
import { type Findings, type Place, wholeLedger } from './report.ts';

export const byteRules = [
  'row-is-whole',
  'position-follows',
  'revision-follows',
  'digest-of-bytes',
  'canonical-json',
  'columns-equal-json',
  'id-names-fact',
  'recorded-in-order',
  'happened-before-recorded',
] as const;
type ByteRule = (typeof byteRules)[number];

/** What is kept of each stream while reading: its newest event so far. */
interface Tip {
  readonly stream: string;
  revision: number;
  digest: Uint8Array;
  recordedAt: string;
}

/** Why a stream cannot be replayed. */
export const DAMAGED = 'an event of it is damaged';

const DIGEST_BYTES = 32;
const ID_BYTES = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class BytesPass {
  /** Streams that cannot be replayed, and why. */
  readonly unreadable = new Map<string, string>();
  events = 0;
  readonly #findings: Findings;
  readonly #tips = new Map<string, Tip>();
  #position = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** False when reading on makes no sense: the engine gives events in no order. */
  take(event: ExactEvent): boolean {
    const stream = textOf(event.stream);
    const type = textOf(event.type);
    const place = placeOf(event, stream);
    const isInOrder = event.position > this.#position;
    const isNext = event.position === this.#position + 1;
    this.#judge('position-follows', place, !isNext && `it follows position ${this.#position}`);
    this.#position = event.position;
    this.events++;
    const defect = defectOf(event, stream, type);
    this.#judge('row-is-whole', place, defect ?? false);
    if (stream === undefined || type === undefined) return isInOrder;
    if (defect !== undefined) this.unreadable.set(stream, DAMAGED);
    const isSound = this.#takeChain(event, { stream, type, place });
    if (!isSound) this.unreadable.set(stream, DAMAGED);
    return isInOrder;
  }

  /** Reading has ended: nothing may be missing before the position that was the newest. */
  finish(toPosition: number): void {
    if (this.#position === toPosition) return;
    const detail = `the newest event has position ${toPosition}, and ${this.#position} was read last`;
    this.#findings.broken('position-follows', wholeLedger, detail);
  }

  streamNames(): ReadonlySet<string> {
    return new Set(this.#tips.keys());
  }

  head(): Uint8Array {
    return ledgerHead(this.#tips.values());
  }

  #takeChain(
    event: ExactEvent,
    { stream, type, place }: { readonly stream: string; readonly type: string; place: Place },
  ): boolean {
    const tip = this.#tips.get(stream);
    const expected = (tip?.revision ?? -1) + 1;
    const isNext = event.revision === expected;
    this.#judge('revision-follows', place, !isNext && `expected revision ${expected}`);
    const isDigestRight = hasRightDigest(event, stream, type, tip?.digest);
    this.#judge('digest-of-bytes', place, !isDigestRight && 'the digest is not that of the bytes');
    const recordedAt = this.#takeJson(event, stream, type, place);
    const isBack = recordedAt !== undefined && tip !== undefined && recordedAt < tip.recordedAt;
    this.#judge('recorded-in-order', place, isBack && `${recordedAt} after ${tip.recordedAt}`);
    // A row that makes no sense must not make the reading of the next one fail.
    this.#tips.set(stream, {
      stream,
      revision: event.revision < 0 ? expected : event.revision,
      digest: event.digest.length === DIGEST_BYTES ? event.digest : new Uint8Array(DIGEST_BYTES),
      recordedAt: recordedAt ?? tip?.recordedAt ?? '',
    });
    return isNext && isDigestRight && recordedAt !== undefined;
  }

  /** `recordedAt`, where the metadata is readable. */
  #takeJson(event: ExactEvent, stream: string, type: string, place: Place): string | undefined {
    const texts = { data: textOf(event.data), metadata: textOf(event.metadata) };
    if (texts.data === undefined || texts.metadata === undefined) {
      this.#judge('canonical-json', place, 'it is not UTF-8');
      return undefined;
    }
    const form = metadataForm(texts.metadata);
    if (form.state === 'broken') {
      this.#judge('canonical-json', place, `metadata: ${form.problem}`);
      return undefined;
    }
    const metadata =
      form.state === 'canonical' ? form.value : (JSON.parse(texts.metadata) as Metadata);
    const { happenedAt, recordedAt, schema, minReader } = metadata;
    const isEarly = happenedAt > recordedAt && `${happenedAt} is after ${recordedAt}`;
    this.#judge('happened-before-recorded', place, isEarly);
    if (minReader > READER_VERSION) {
      this.unreadable.set(stream, 'it was written for a newer channel-ledger: upgrade');
    }
    const definition = definitionOf(stream, type);
    const isNewer = form.state === 'newer' || schema !== definition?.schema;
    const facts = { event, stream, type, place, metadata };
    if (definition === undefined || isNewer) this.#takeUnknown(facts, texts.data);
    else this.#takeKnown(facts, texts.data, definition);
    return recordedAt;
  }

  #takeKnown(facts: JsonFacts, text: string, definition: AnyEventDefinition): void {
    const form = dataForm(text, definition);
    if (form.state === 'newer') {
      this.#takeUnknown(facts, text);
      return;
    }
    const { place, event, stream, type } = facts;
    if (form.state === 'broken') {
      this.#judge('canonical-json', place, `data: ${form.problem}`);
      return;
    }
    this.#judge('canonical-json', place, false);
    const { plain } = form.value;
    this.#judge('columns-equal-json', place, columnProblem(facts, plain));
    const key = naturalKey(definition, plain);
    if (key === undefined) {
      this.#findings.notCheckable('id-names-fact', "the fact's key is the source's own");
      return;
    }
    const isNamed = eventId(stream, type, key) === uuidText(event.id);
    this.#judge('id-names-fact', place, !isNamed && `the id is not that of ${type} ${key}`);
  }

  /** A type, version or field of a newer (or an older) version: kept, and checked for form. */
  #takeUnknown(facts: JsonFacts, text: string): void {
    const { place } = facts;
    const problem = unknownForm(text);
    if (problem !== undefined) {
      this.#judge('canonical-json', place, `data: ${problem}`);
      return;
    }
    const why = 'a type, version or field this version does not write';
    for (const rule of ['canonical-json', 'id-names-fact'] as const) {
      this.#findings.notCheckable(rule, why);
    }
    this.#judge('columns-equal-json', place, columnProblem(facts, undefined));
  }

  #judge(rule: ByteRule, place: Place, problem: string | false): void {
    this.#findings.judge(rule, place, problem === false ? undefined : problem);
  }
}

interface JsonFacts {
  readonly event: ExactEvent;
  readonly stream: string;
  readonly type: string;
  readonly place: Place;
  readonly metadata: Metadata;
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    // The one error of a fatal decoder: these bytes are no UTF-8.
    return undefined;
  }
}

export function placeOf(
  event: { readonly position: number; readonly revision: number },
  stream: string | undefined,
): Place {
  // Escaped: a name from outside must not write into the terminal.
  const where =
    stream === undefined ? 'a stream without a name' : JSON.stringify(stream).slice(1, -1);
  return {
    position: event.position,
    where: `${where} revision ${event.revision} (position ${event.position})`,
  };
}

function defectOf(
  event: ExactEvent,
  stream: string | undefined,
  type: string | undefined,
): string | undefined {
  if (event.defects.length > 0) return event.defects.join(', ');
  if (stream === undefined) return 'the stream has no readable name';
  if (type === undefined) return 'the type has no readable name';
  if (event.revision < 0) return `the revision is ${event.revision}`;
  if (event.id.length !== ID_BYTES) return `the id has ${event.id.length} bytes`;
  if (event.digest.length !== DIGEST_BYTES) return `the digest has ${event.digest.length} bytes`;
  return undefined;
}

function hasRightDigest(
  event: ExactEvent,
  stream: string,
  type: string,
  previous: Uint8Array | undefined,
): boolean {
  const { id, revision, data, metadata } = event;
  if (id.length !== ID_BYTES || revision < 0) return false;
  const digest = eventDigest({ stream, revision, id, type, data, metadata }, previous);
  return Buffer.compare(digest, event.digest) === 0;
}

function definitionOf(stream: string, type: string): AnyEventDefinition | undefined {
  const category = parseStream(stream)?.category;
  const table: EventTable = category === undefined ? {} : eventTables[category];
  return Object.hasOwn(table, type) ? table[type] : undefined;
}

/** The key, where nothing of it is known to the source alone. */
function naturalKey({ factKey }: AnyEventDefinition, plain: object): string | undefined {
  const key = factKey(plain, 'a');
  return key === factKey(plain, 'b') ? key : undefined;
}

/** Amounts cannot be compared where the data cannot be read: then only the rest is. */
function columnProblem(facts: JsonFacts, plain: object | undefined): string | false {
  const { type, metadata, event } = facts;
  let expected: EventColumns;
  try {
    expected = columnsOf(type, plain ?? {}, metadata);
  } catch (cause) {
    return String(cause);
  }
  const names = ['happenedAtNs', 'recordedAtNs', 'isMarked'] as const;
  const amounts = plain === undefined ? [] : (['amount1', 'amount2'] as const);
  for (const name of [...names, ...amounts]) {
    if (event.columns[name] === expected[name]) continue;
    return `${name} is ${event.columns[name]}, and the JSON says ${expected[name]}`;
  }
  return false;
}
