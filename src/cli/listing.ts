/** What every command that lists rows does with them: JSON, a sentence for none, or a table. */
import type { Query } from '../ledger/query.ts';
import type { Cli } from './cli.ts';
import { jsonDocument } from './json.ts';
import type { Ledger } from './ledger-port.ts';
import { type Names, namesIn } from './names.ts';
import type { CommonOptions } from './options.ts';
import type { Style } from './style.ts';

export type Table<Row> = (
  rows: readonly Row[],
  names: Names,
  style: Style,
  /** Columns of the terminal; undefined for no limit. */
  width: number | undefined,
) => readonly string[];

export interface Question {
  readonly ledger: Ledger;
  readonly query: Query;
  readonly options: CommonOptions;
}

/** `none` is what a person reads where there is no row. */
export async function printRows<Row>(
  { out }: Cli,
  { ledger, query, options }: Question,
  rows: readonly Row[],
  table: Table<Row>,
  none: string,
): Promise<void> {
  if (options.json) return out.line(jsonDocument(rows));
  if (rows.length === 0) return out.line(none);
  const width = options.wide ? undefined : out.columns;
  for (const line of table(rows, namesIn(ledger, query, out.style), out.style, width)) {
    await out.streamLine(line);
  }
}
