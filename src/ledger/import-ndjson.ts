/**
 * An export read back, verbatim. Each stream must be a prefix, by digest, of the one that is there, or
 * the reverse; a diverged one is named and left as it is. Nothing is written that does not verify.
 */
import { ledgerHead } from '../store/digest.ts';
import {
  type AppendRequest,
  type LocalStore,
  NO_STREAM,
  StoreError,
} from '../store/event-store.ts';
import { ImportStopped } from './import-stopped.ts';
import type { Keyring } from './keyring.ts';
import { type ExportLine, hasRightDigest, type ImportedEvent, parseExportLine } from './ndjson.ts';
import { verbatimEvent } from './verbatim-event.ts';

export interface ImportReport {
  readonly lines: number;
  readonly appended: number;
  readonly known: number;
  readonly keys: number;
  /** Streams that say something else here than there, by name. */
  readonly diverged: readonly string[];
  /** False where the file has no footer: it was cut off. */
  readonly isComplete: boolean;
}

const BATCH_EVENTS = 1000;
/** Of text, so that events of the greatest size do not pile up. */
const BATCH_CHARACTERS = 4_000_000;
/** A stream that loses this many races in a row is written to by something that never pauses. */
const MAX_ATTEMPTS = 32;
/** AES-KW of a 32-byte key. */
const WRAPPED_BYTES = 40;

type ExportedKey = Extract<ExportLine, { readonly kind: 'key' }>;

/** `keyring`: the ledger's own; keys that its key does not open are refused. */
export async function importLines(
  store: LocalStore,
  keyring: Pick<Keyring, 'fits'>,
  lines: AsyncIterable<string> | Iterable<string>,
  onProgress: (lines: number) => void = () => undefined,
): Promise<ImportReport> {
  const pass = new ImportPass(store, keyring);
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      await pass.take(line);
      if (pass.lines % BATCH_EVENTS === 0) onProgress(pass.lines);
    }
    return await pass.finish();
  } catch (cause) {
    throw pass.stopped(cause);
  }
}

/** What the line itself is at fault for. */
class LineFault extends Error {}

interface Tip {
  readonly stream: string;
  readonly revision: number;
  readonly digest: Uint8Array;
}

/** An event that was not here when it was read. */
interface Fresh {
  readonly request: AppendRequest;
  readonly revision: number;
  readonly digest: Uint8Array;
}

class ImportPass {
  lines = 0;
  readonly #store: LocalStore;
  readonly #keyring: Pick<Keyring, 'fits'>;
  /** Where the file has got to in each stream. */
  readonly #tips = new Map<string, Tip>();
  readonly #diverged = new Set<string>();
  readonly #counts = { appended: 0, known: 0, keys: 0 };
  #batch: Fresh[] = [];
  #batchCharacters = 0;
  #events = 0;
  #isComplete = false;

  constructor(store: LocalStore, keyring: Pick<Keyring, 'fits'>) {
    this.#store = store;
    this.#keyring = keyring;
  }

  async take(line: string): Promise<void> {
    this.lines++;
    await this.#takeParsed(parsedLine(line));
  }

  /** Batches before it are in the ledger, whatever stopped it. */
  stopped(cause: unknown): ImportStopped {
    const { appended } = this.#counts;
    const line = cause instanceof LineFault ? this.lines : undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new ImportStopped({ reason, line, appended, cause });
  }

  async #takeParsed(line: ReturnType<typeof parseExportLine>): Promise<void> {
    if (this.lines === 1 && line.kind !== 'header') throw new LineFault('it is not the header');
    if (this.#isComplete) throw new LineFault('it comes after the end of the export');
    switch (line.kind) {
      case 'header':
        if (this.lines > 1)
          throw new LineFault('it is a second header: import one export at a time');
        return;
      case 'footer':
        this.#takeFooter(line);
        return;
      case 'key':
        this.#takeKey(line);
        return;
      case 'event':
        this.#takeEvent(line.event);
        if (this.#batch.length >= BATCH_EVENTS || this.#batchCharacters >= BATCH_CHARACTERS) {
          await this.#flush();
        }
    }
  }

  /** Digests tell what was changed in a stream; only this tells that nothing is missing. */
  #takeFooter({ events, head }: Extract<ExportLine, { readonly kind: 'footer' }>): void {
    if (events !== this.#events) {
      throw new LineFault(`it counts ${events} events, and there are ${this.#events} before it`);
    }
    const read = Buffer.from(ledgerHead(this.#tips.values())).toString('hex');
    if (head !== read) throw new LineFault('its head is not that of the events before it');
    this.#isComplete = true;
  }

  /** A destroyed key comes as its tombstone, so that none is made again for its subject. */
  #takeKey({ keyId, subject, wrapped, createdAtNs }: ExportedKey): void {
    if (wrapped !== null && this.#keyring.fits(wrapped) === false) {
      throw new StoreError(
        `line ${this.lines} holds a key that another ledger's key wraps: export without keys, or ` +
          'put that key file beside a new ledger first',
      );
    }
    const bytes = wrapped ?? new Uint8Array(WRAPPED_BYTES);
    if (!this.#store.keys.put({ keyId, subject, wrapped: bytes, createdAtNs })) return;
    if (wrapped === null) this.#store.keys.destroy(keyId, createdAtNs);
    this.#counts.keys++;
  }

  #takeEvent(event: ImportedEvent): void {
    const { stream, revision } = event;
    const tip = this.#tips.get(stream);
    if (revision !== (tip?.revision ?? NO_STREAM) + 1) {
      const step = `${stream} goes from revision ${tip?.revision ?? 'none'} to ${revision}`;
      throw new LineFault(`a line is missing before it, or it was altered: ${step}`);
    }
    if (!hasRightDigest(event, tip?.digest))
      throw new LineFault('its digest does not fit its bytes');
    const digest = Buffer.from(event.digest, 'hex');
    this.#tips.set(stream, { stream, revision, digest });
    this.#events++;
    if (this.#isSettled({ stream, revision, digest })) return;
    const request = { stream, events: [verbatimEvent(event)], expectedRevision: revision - 1 };
    this.#batch.push({ request, revision, digest });
    this.#batchCharacters += event.data.length + event.metadata.length;
  }

  /** True where there is nothing to append: it is here already, or its stream says something else. */
  #isSettled({ stream, revision, digest }: Tip): boolean {
    if (this.#diverged.has(stream)) return true;
    const here = this.#digestHere(stream, revision);
    if (here === undefined) return false;
    if (Buffer.compare(digest, here) === 0) this.#counts.known++;
    else this.#diverged.add(stream);
    return true;
  }

  /** The digest this ledger has at that revision, if it got that far. */
  #digestHere(stream: string, revision: number): Uint8Array | undefined {
    const head = this.#store.streamHead(stream);
    if (head === undefined || head.revision < revision) return undefined;
    if (head.revision === revision) return head.digest;
    const range = { fromRevision: revision, toRevision: revision };
    const [event] = this.#store.streamEvents(stream, range);
    return event?.digest;
  }

  async #flush(): Promise<void> {
    let batch = this.#batch;
    this.#batch = [];
    this.#batchCharacters = 0;
    for (let attempt = 0; batch.length > 0; attempt++) {
      if (attempt === MAX_ATTEMPTS) {
        throw new StoreError(
          'another process keeps writing to the same streams: stop one of the two',
        );
      }
      const results = await this.#store.appendMany(batch.map(({ request }) => request));
      const lost = batch.filter((_, nth) => results[nth]?.ok !== true);
      this.#counts.appended += batch.length - lost.length;
      // Somebody else wrote there since it was looked at: perhaps the very same events.
      batch = lost.filter(({ request, revision, digest }) => {
        return !this.#isSettled({ stream: request.stream, revision, digest });
      });
    }
  }

  async finish(): Promise<ImportReport> {
    if (this.#batch.length > 0) await this.#flush();
    // Perhaps no event followed them, whose commit would have put them on the disk.
    if (this.#counts.keys > 0) this.#store.keys.flush();
    return {
      lines: this.lines,
      ...this.#counts,
      diverged: [...this.#diverged].sort(),
      isComplete: this.#isComplete,
    };
  }
}

/** A parser's own message quotes the line, and with it perhaps what its owner tells nobody. */
function parsedLine(line: string): ReturnType<typeof parseExportLine> {
  try {
    return parseExportLine(line);
  } catch (cause) {
    const isJson = !(cause instanceof SyntaxError);
    throw new LineFault(isJson && cause instanceof Error ? cause.message : 'it is not JSON');
  }
}
