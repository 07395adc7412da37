/** JSON as `--json` prints it; how it is spelled is the same for every program that reads it. */
import { jsonText } from '../schema/json-text.ts';

/** One document on one line. */
export function jsonLine(value: unknown): string {
  return jsonText(value);
}

/** One document for reading. */
export function jsonDocument(value: unknown): string {
  return jsonText(value, 2);
}
