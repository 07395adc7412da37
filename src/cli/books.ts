/** `export --format`: a node's books in the form that an accounting program takes. */
import { unknownKinds } from '../ledger/accounting/entry.ts';
import { type CsvFormat, csvFormats, csvLines } from '../ledger/accounting/formats.ts';
import type { Cli } from './cli.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { count, counted, msatAsSat } from './format.ts';
import { jsonDocument } from './json.ts';
import type { Accounting, Ledger } from './ledger-port.ts';
import { type CommonOptions, queryOf, type SpanOptions, spanOf } from './options.ts';

export const bookFormats = ['json', ...csvFormats] as const;
export type BookFormat = (typeof bookFormats)[number];

const DOCUMENT = 'channel-ledger/accounting/1';
/** How each begins: what begins otherwise is somebody else's file. */
export const booksBegin: readonly string[] = [
  `{\n  "format": ${JSON.stringify(DOCUMENT)}`,
  ...csvFormats.flatMap((format) => [...csvLines(format, [])].slice(0, 1)),
];

/** Throws where the options ask for what only one of the two kinds of export has. */
export function assertFits(
  format: BookFormat | undefined,
  options: CommonOptions & SpanOptions & { readonly withKeys?: boolean },
): void {
  const { from, to, node, withKeys } = options;
  if (format !== undefined && withKeys) {
    throw new UsageError(`--format ${format} holds nothing sealed: leave --with-keys out`);
  }
  if (format === undefined && (from ?? to ?? node) !== undefined) {
    throw new UsageError(
      'the whole ledger is exported without --format: leave --from, --to and --node out, or name a format',
    );
  }
}

export function booksOf(ledger: Ledger, options: CommonOptions & SpanOptions): Accounting {
  const scope = { isOneChannel: false };
  const { fromNs, toNs, ...moments } = spanOf(options, scope);
  if (moments.from !== undefined || moments.to !== undefined) {
    throw new UsageError('books are kept by time: give --from and --to as times');
  }
  if (fromNs !== undefined && toNs !== undefined && fromNs > toNs) {
    throw new UsageError('--from is later than --to: nothing lies between them; change them over');
  }
  return ledger.accounting({
    ...queryOf(options, ledger, scope),
    ...(fromNs !== undefined && { fromNs }),
    ...(toNs !== undefined && { toNs }),
  });
}

export async function* bookLines(format: BookFormat, books: Accounting): AsyncGenerator<string> {
  if (format === 'json') yield* jsonDocument({ format: DOCUMENT, ...books }).split('\n');
  else yield* csvLines(format satisfies CsvFormat, books.entries);
}

/** What the books do not explain, which amounts nobody told, and what may be missing; the first is a no. */
export function sayWhatIsLeft(books: Accounting, { err }: Cli): void {
  const { balanceSheets, unknownAmounts, maybeEntries } = books;
  if (maybeEntries.length > 0) {
    const left =
      maybeEntries.length === 1 ? '1 entry is' : `${count(maybeEntries.length)} entries are`;
    err.line(
      `${left} left out that may lie within --from and --to: when is not told exactly, and the bounds reach into it (--format json has maybeEntries)`,
    );
  }
  if (unknownAmounts.length > 0) {
    const amounts = counted(unknownAmounts.length, 'amount');
    const kinds = unknownKinds.flatMap((kind) => {
      const number = unknownAmounts.filter(({ what }) => what === kind).length;
      return number === 0 ? [] : [`${count(number)} ${kind}`];
    });
    err.line(
      `${amounts} not told by any source and in no sum (--format json lists them): ${kinds.join(', ')}`,
    );
  }
  const unexplained = balanceSheets.filter(({ outcome }) => outcome === 'unexplained');
  for (const { channelId, unexplainedMsat } of unexplained) {
    err.line(
      `channel ${channelId}: ${msatAsSat(unexplainedMsat)} sat of its balance are unexplained`,
    );
  }
  if (unexplained.length > 0) throw new AnswerIsNo();
}
