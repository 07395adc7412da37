/** A file too damaged to be opened or read on: what `verify` makes of it, which is an answer. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { StoreError } from '../store/event-store.ts';
import { count } from './format.ts';
import type { VerifyReport } from './ledger-port.ts';

const RULE = 'engine-integrity';
const HEADER_BYTES = 100;
const PAGE_SIZE_OFFSET = 16;
const PAGE_COUNT_OFFSET = 28;
/** SQLite writes the largest page size as 1. */
const LARGEST_PAGE = 65_536;

/** Whether the store says that the file's bytes are wrong, rather than that it could not get at them. */
export function isDamage(error: unknown): error is StoreError {
  return (
    error instanceof StoreError && /SQLITE_(CORRUPT|NOTADB)| is not a ledger/.test(error.message)
  );
}

/** The report of a ledger of which nothing else can be said. */
export function reportOfDamage(path: string, error: StoreError): VerifyReport {
  const detail = `${missingPart(path) ?? sentenceOf(error)}; restore a backup`;
  return {
    isSound: false,
    head: '',
    events: 0,
    streams: 0,
    rules: [{ rule: RULE, checked: 1, broken: 1, notCheckable: [] }],
    broken: [{ rule: RULE, where: path, detail }],
  };
}

/** A file that was cut off says so itself: its header knows how long it was. */
function missingPart(path: string): string | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return undefined;
  } finally {
    closeSync(file);
  }
  if (!header.toString('latin1').startsWith('SQLite format 3')) return undefined;
  const stated = header.readUInt16BE(PAGE_SIZE_OFFSET);
  const pageBytes = stated === 1 ? LARGEST_PAGE : stated;
  const whole = pageBytes * header.readUInt32BE(PAGE_COUNT_OFFSET);
  const { size } = statSync(path);
  if (size >= whole) return undefined;
  return `the file ends at byte ${count(size)}, and its header says it had ${count(whole)}`;
}

function sentenceOf({ message }: StoreError): string {
  if (message.includes(' is not a ledger')) return 'it does not begin as a ledger does';
  const code = /\((SQLITE_[A-Z_]+)\)/.exec(message)?.[1] ?? '';
  return `its bytes are damaged, so that not even its tables can be read (${code})`;
}
