/**
 * The rows in which every word of `text` is, somewhere in what `textOf` makes of them: made once for each
 * row, because a filter is asked with every letter that is typed. Pure.
 */
import { remembered } from './remembered.ts';

export function wordFilter<Row extends object>(
  textOf: (row: Row) => string,
): (rows: readonly Row[], text: string) => readonly Row[] {
  const searched = remembered((row: Row) => textOf(row).toLowerCase());
  return (rows, text) => {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return rows;
    return rows.filter((row) => words.every((word) => searched(row).includes(word)));
  };
}
