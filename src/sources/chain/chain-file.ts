/** A file of JSON objects read from its beginning to its end, as often as it takes. */
import { open } from 'node:fs/promises';
import type { Tally } from '../tally.ts';
import { type ChainRecord, chainRecord, recordsIn } from './chain-records.ts';
import { JsonDocuments } from './json-documents.ts';

const CHUNK_BYTES = 1 << 20;

export interface ChainFileOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Counts what is read; undefined when it was counted before. */
  readonly tally: Tally | undefined;
}

/** Throws an ImportError where an object is too large to be one. */
export async function* readChainFile(
  path: string,
  { signal, onBytes, tally }: ChainFileOptions,
): AsyncGenerator<ChainRecord, void, undefined> {
  await using file = await open(path, 'r');
  const documents = new JsonDocuments(path);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let position = 0; !signal.aborted; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    // A copy: an object that goes on in the next piece keeps a view of it.
    for (const document of documents.take(Uint8Array.from(chunk.subarray(0, bytesRead)))) {
      yield* recordsOf(document.bytes, documents.placeOf(document), tally);
    }
    onBytes(bytesRead);
  }
  const { openPlace } = documents;
  if (openPlace !== undefined && !signal.aborted) {
    tally?.bad(openPlace, 'the file ends before it does');
  }
}

function* recordsOf(
  bytes: Uint8Array | undefined,
  place: string,
  tally: Tally | undefined,
): Generator<ChainRecord, void, undefined> {
  const json = bytes && parsed(bytes);
  if (json === undefined) {
    tally?.bad(place, 'it is no JSON object');
    return;
  }
  const all = recordsIn(json);
  if (all === undefined) {
    tally?.unread(
      'JSON object',
      'it is no transaction and no block of the commands that are known',
    );
    return;
  }
  for (const one of all) {
    const record = recordOf(one, place, tally);
    if (record === undefined) continue;
    tally?.read(record.from);
    yield record;
  }
}

function recordOf(json: unknown, place: string, tally: Tally | undefined): ChainRecord | undefined {
  try {
    return chainRecord(json);
  } catch (cause) {
    tally?.bad(place, cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Said with its place by the caller; the parser's own message would quote it.
    return undefined;
  }
}
