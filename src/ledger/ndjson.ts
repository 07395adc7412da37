/**
 * The whole ledger as NDJSON and back, verbatim: ids, times, digests and bytes. One header line, one
 * line an event in the store's order, one footer with the head. `data` and `metadata` stand in a line
 * as the very bytes that were stored.
 */
import { eventDigest, ledgerHead } from '../store/digest.ts';
import type { LocalStore, StoredEvent } from '../store/event-store.ts';
import type { StoredKey } from '../store/key-table.ts';

export const EXPORT_FORMAT = 'channel-ledger/1';

export interface ExportOptions {
  /** Wrapped data keys too: who has them and the ledger's key can open what is sealed. */
  readonly withKeys?: boolean;
}

/** The lines of an export, without line ends. What is appended meanwhile is left out. */
export async function* exportLines(
  store: LocalStore,
  options: ExportOptions = {},
): AsyncIterable<string> {
  const end = await store.lastCheckpoint();
  yield JSON.stringify({ format: EXPORT_FORMAT });
  if (options.withKeys) for (const key of store.keys.all()) yield keyLine(key);
  const heads = new Map<string, { stream: string; revision: number; digest: Uint8Array }>();
  let count = 0;
  if (end !== undefined) {
    for await (const event of store.readAll()) {
      const { stream, revision, digest } = event;
      heads.set(stream, { stream, revision, digest });
      count++;
      yield eventLine(event);
      if (store.checkpointOf(event) === end) break;
    }
  }
  const head = Buffer.from(ledgerHead(heads.values())).toString('hex');
  yield JSON.stringify({ events: count, head });
}

function eventLine({ stream, revision, id, type, digest, data, metadata }: StoredEvent): string {
  const start = JSON.stringify({ stream, revision, id, type, digest: hexOf(digest) });
  return `${start.slice(0, -1)},"data":${data},"metadata":${metadata}}`;
}

function keyLine({ keyId, subject, wrapped, createdAtNs, destroyedAtNs }: StoredKey): string {
  return JSON.stringify({
    key: {
      keyId,
      subject,
      wrapped: wrapped === null ? null : hexOf(wrapped),
      createdAtNs: String(createdAtNs),
      destroyedAtNs: destroyedAtNs === null ? null : String(destroyedAtNs),
    },
  });
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

export interface ImportedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly digest: string;
  readonly data: string;
  readonly metadata: string;
}

export type ExportLine =
  | { readonly kind: 'header' }
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly subject: string;
      readonly wrapped: Uint8Array | null;
      readonly createdAtNs: bigint;
    }
  | { readonly kind: 'event'; readonly event: ImportedEvent }
  | { readonly kind: 'footer'; readonly events: number; readonly head: string };

/** Reads one line; throws an Error whose message says what is wrong with it. */
export function parseExportLine(line: string): ExportLine {
  const parsed: unknown = JSON.parse(line);
  const fields = (typeof parsed === 'object' ? parsed : null) as Record<string, unknown> | null;
  if (fields === null) throw new Error('it is no JSON object');
  if ('format' in fields) {
    if (fields.format === EXPORT_FORMAT) return { kind: 'header' };
    throw new Error(`its format is ${JSON.stringify(fields.format)}, not ${EXPORT_FORMAT}`);
  }
  if ('key' in fields) return keyOf(fields.key);
  if ('events' in fields && typeof fields.head === 'string') {
    return { kind: 'footer', events: Number(fields.events), head: fields.head };
  }
  return { kind: 'event', event: eventOf(line, fields) };
}

function keyOf(key: unknown): ExportLine {
  const { keyId, subject, wrapped, createdAtNs } = (key ?? {}) as Record<string, unknown>;
  if (typeof keyId !== 'string' || typeof subject !== 'string' || typeof createdAtNs !== 'string') {
    throw new Error('it is no key of an export');
  }
  const bytes = typeof wrapped === 'string' ? Buffer.from(wrapped, 'hex') : null;
  return { kind: 'key', keyId, subject, wrapped: bytes, createdAtNs: BigInt(createdAtNs) };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function eventOf(line: string, fields: Record<string, unknown>): ImportedEvent {
  const { stream, revision, id, type, digest } = fields;
  if (
    typeof stream !== 'string' ||
    typeof type !== 'string' ||
    typeof id !== 'string' ||
    !UUID.test(id) ||
    typeof digest !== 'string' ||
    !/^[0-9a-f]{64}$/.test(digest) ||
    !Number.isSafeInteger(revision)
  ) {
    throw new Error('it is no event of an export');
  }
  const start = JSON.stringify({ stream, revision, id, type, digest });
  const prefix = `${start.slice(0, -1)},"data":`;
  if (!line.startsWith(prefix)) throw new Error('its fields are not in the order export writes');
  const dataEnd = endOfValue(line, prefix.length);
  const between = ',"metadata":';
  if (!line.startsWith(between, dataEnd) || !line.endsWith('}')) {
    throw new Error('its fields are not in the order export writes');
  }
  const data = line.slice(prefix.length, dataEnd);
  const metadata = line.slice(dataEnd + between.length, -1);
  return { stream, revision: Number(revision), id, type, digest, data, metadata };
}

/** Index just after the JSON value that starts at `from`; the line is known to be valid JSON. */
function endOfValue(line: string, from: number): number {
  let depth = 0;
  let isInString = false;
  for (let index = from; index < line.length; index++) {
    const char = line[index];
    if (isInString) {
      if (char === '\\') index++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth === 0 && !isInString) return index + 1;
  }
  return line.length;
}

/** True when the event's digest is what its bytes and its predecessor's digest give. */
export function hasRightDigest(event: ImportedEvent, previous: Uint8Array | undefined): boolean {
  return hexOf(eventDigest(event, previous)) === event.digest;
}
