/** Dossiers as they are expected, line by line, each with what of the raw record it was checked with. */
import { readFileSync } from 'node:fs';
import { equal, ok } from 'uvu/assert';
import type { Dossier } from '../../../src/ledger/forensics/dossier.ts';
import { inFull, type WrittenDossier } from '../../../src/ledger/forensics/redact.ts';
import { dossierLines } from '../../../src/ledger/forensics/write.ts';

const REASON = /^ {4}because \S/;
/** A section's title claims nothing. */
const TITLE = /^[A-Z][^:[]*\??$/;

/** By the second line, which names the channel. */
export function expectedDossiers(name: string): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(new URL(`../../expected/why/${name}`, import.meta.url), 'utf8');
  const [, ...blocks] = text.trimEnd().split('\n\n');
  return new Map(
    blocks.map((block) => {
      const lines = block.split('\n');
      for (const [index, line] of lines.entries()) {
        if (REASON.test(line) || TITLE.test(line)) continue;
        ok(REASON.test(lines[index + 1] ?? ''), `${name}: no reason under ${line}`);
      }
      const claims = lines.filter((line) => !REASON.test(line));
      return [claims[1] ?? '', claims];
    }),
  );
}

/** As it is printed in full, without the times: the raw records here have none. */
export function equalDossier(
  dossier: Dossier | WrittenDossier,
  expected: ReadonlyMap<string, readonly string[]>,
): void {
  const lines = dossierLines('isRedacted' in dossier ? dossier : inFull(dossier))
    .filter((line) => line !== '')
    .map((line) => line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME'))
    .map((line) => line.replace(/(?:[≥≤] )?\d{4}-\d\d-\d\d \d\d:\d\d.*? \(placed\)/, 'PLACED'))
    .map((line) => line.replace(/events [0-9a-f-]{36}(?:, [0-9a-f-]{36})*\)$/, 'EVENTS)'));
  equal(lines, expected.get(lines[1] ?? '') ?? [], lines[1]);
}
