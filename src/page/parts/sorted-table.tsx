/**
 * A table whose columns sort it; long ones show their beginning until more is asked for. On a phone each
 * row is a card, every value under the title of its column, and a choice above them sorts.
 */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { count } from '../format.ts';
import { isNarrow } from './narrow.ts';
import { WideTable } from './wide-table.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it is sorted by; a column without is not. */
  readonly order?: (row: Row) => bigint | number | string;
  readonly isNumber?: boolean;
  /** Where the page has no room for all columns it stands below its row, after its title. */
  readonly mayStandBelow?: true;
}

interface SortedTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The title of the column that sorts at first, the greatest first. Without: as the rows come. */
  readonly startsBy?: string;
}

const FIRST_ROWS = 100;

interface Sorted {
  readonly title: string | undefined;
  readonly isDescending: boolean;
}

export function SortedTable<Row>(props: SortedTableProps<Row>) {
  const { label, columns, rows, keyOf, startsBy } = props;
  const [sorted, setSorted] = useState<Sorted>({ title: startsBy, isDescending: true });
  const [most, setMost] = useState(FIRST_ROWS);
  const order = columns.find(({ title }) => title === sorted.title)?.order;
  const inOrder = useMemo(
    () => (order === undefined ? rows : sortedBy(rows, order, sorted.isDescending)),
    [rows, order, sorted],
  );
  const sortBy = ({ title, isNumber = false }: Column<Row>) =>
    setSorted({
      title,
      isDescending: title === sorted.title ? !sorted.isDescending : isNumber,
    });
  const shown = inOrder.slice(0, most);
  return (
    <WideTable label={label}>
      {(isTight) => {
        const below = isTight ? columns.filter((column) => column.mayStandBelow) : [];
        const beside = columns.filter((column) => !below.includes(column));
        return (
          <>
            {(isNarrow.value || below.length > 0) && (
              <SortChoice columns={columns} sorted={sorted} onSort={sortBy} />
            )}
            <table class={isTight ? 'sorted stacks tight' : 'sorted stacks'}>
              <caption class="unseen">{label}</caption>
              <thead class="heads-of-table">
                <tr>
                  {beside.map((column) => (
                    <Head key={column.title} column={column} sorted={sorted} onSort={sortBy} />
                  ))}
                </tr>
              </thead>
              {below.length === 0 ? (
                <tbody>
                  {shown.map((row) => (
                    <tr key={keyOf(row)} data-row={keyOf(row)}>
                      <Cells columns={beside} row={row} />
                    </tr>
                  ))}
                </tbody>
              ) : (
                shown.map((row) => (
                  <tbody key={keyOf(row)} data-row={keyOf(row)}>
                    <tr>
                      <Cells columns={beside} row={row} />
                    </tr>
                    <tr class="below">
                      <td colSpan={beside.length}>
                        <Below columns={below} row={row} />
                      </td>
                    </tr>
                  </tbody>
                ))
              )}
            </table>
            {rows.length > most && (
              <p class="more">
                <button type="button" onClick={() => setMost(most * 10)}>
                  Show more of {count(rows.length)}
                </button>
              </p>
            )}
          </>
        );
      }}
    </WideTable>
  );
}

interface RowProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly row: Row;
}

function Cells<Row>({ columns, row }: RowProps<Row>) {
  return (
    <>
      {columns.map(({ title, cell, isNumber = false }) => (
        <td key={title} data-column={title} class={isNumber ? 'number' : ''}>
          {cell(row)}
        </td>
      ))}
    </>
  );
}

/** What has no column of its own, each after its title. */
function Below<Row>({ columns, row }: RowProps<Row>) {
  return (
    <>
      {columns.map(({ title, cell }) => (
        <span key={title} class="pair">
          {title} <b data-column={title}>{cell(row)}</b>
        </span>
      ))}
    </>
  );
}

interface SortProps<Row> {
  readonly sorted: Sorted;
  readonly onSort: (column: Column<Row>) => void;
}

interface ChoiceProps<Row> extends SortProps<Row> {
  readonly columns: readonly Column<Row>[];
}

/** Where there are no heads: the column that is chosen once more turns the order round. */
function SortChoice<Row>({ columns, sorted, onSort }: ChoiceProps<Row>) {
  const sorting = columns.filter(({ order }) => order !== undefined);
  const now = sorting.find(({ title }) => title === sorted.title);
  return (
    <div class="sort-choice">
      <label>
        <span>Sort by</span>
        <select
          value={now?.title ?? ''}
          onChange={(event) => {
            const chosen = sorting.find(({ title }) => title === event.currentTarget.value);
            if (chosen) onSort(chosen);
          }}
        >
          {now === undefined && <option value="">as it comes</option>}
          {sorting.map(({ title }) => (
            <option key={title} value={title}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {now !== undefined && (
        <button type="button" onClick={() => onSort(now)}>
          {sorted.isDescending ? 'descending ↓' : 'ascending ↑'}
        </button>
      )}
    </div>
  );
}

interface HeadProps<Row> extends SortProps<Row> {
  readonly column: Column<Row>;
}

function Head<Row>({ column, sorted, onSort }: HeadProps<Row>) {
  const { title, order, isNumber = false } = column;
  const direction = sorted.isDescending ? 'descending' : 'ascending';
  const isSorted = order !== undefined && title === sorted.title;
  return (
    <th
      scope="col"
      class={isNumber ? 'number' : ''}
      {...(isSorted && { 'aria-sort': direction as 'ascending' | 'descending' })}
    >
      {order === undefined ? (
        title
      ) : (
        <button type="button" onClick={() => onSort(column)}>
          {title}
        </button>
      )}
    </th>
  );
}

function sortedBy<Row>(
  rows: readonly Row[],
  order: (row: Row) => bigint | number | string,
  isDescending: boolean,
): readonly Row[] {
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [order(a), order(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}
