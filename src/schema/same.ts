/** Structural equality of plain data; a field that is undefined counts as absent. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [left, right] = [a as Fields, b as Fields];
  const isIn = (key: string) => isSame(left[key], right[key]);
  const isAbsent = (key: string) => right[key] === undefined || left[key] !== undefined;
  return Object.keys(left).every(isIn) && Object.keys(right).every(isAbsent);
}

type Fields = Readonly<Record<string, unknown>>;
