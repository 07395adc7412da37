/** Files that were never written, to plant violations in. */
import type { Finding, TextFile } from '../../scripts/check/project.ts';

export const planted = (path: string, ...lines: readonly string[]): TextFile => ({
  path,
  text: `${lines.join('\n')}\n`,
});

/** `line rule` of each finding: what a reader needs to find the place. */
export const placesOf = (findings: readonly Finding[]): string[] =>
  findings.map(({ line, rule }) => `${line} ${rule}`);
