/**
 * `npm run bench`: each figure, the ceiling measured in the same run, the ratio, the ratio wanted.
 * Exit 1 when one is missed. `--quick` for CI, `--events N` for a longer run, `--json` for programs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batchFigure, singleFigures } from './bench/append.ts';
import { type Figure, isMissed, wantedText } from './bench/figure.ts';
import { asOfFigures, makeLedger, openingFigures, rebuildFigures } from './bench/reading.ts';
import { recordFigure } from './bench/record.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    events: { type: 'string' },
  },
});
const isQuick = values.quick;
const wantedEvents = Number(values.events ?? (isQuick ? 100_000 : 1_000_000));
if (!Number.isSafeInteger(wantedEvents) || wantedEvents < 10_000) {
  process.stderr.write('--events takes a whole number of at least 10000\n');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-bench-'));
const say = (text: string) => process.stderr.isTTY && process.stderr.write(`${text}\n`);
const figures: Figure[] = [];
try {
  say('appending');
  figures.push(await batchFigure(directory, isQuick ? 10 : 40));
  figures.push(...(await singleFigures(directory, isQuick ? 500 : 2000)));
  say('recording');
  figures.push(await recordFigure(directory, isQuick ? 4 : 12, isQuick ? 200 : 400));
  say(`making a ledger of ${wantedEvents} events`);
  const path = join(directory, 'large.db');
  const events = await makeLedger(path, wantedEvents);
  say('rebuilding');
  figures.push(...(await rebuildFigures(path, events)));
  say('asking');
  figures.push(...(await asOfFigures(path)));
  figures.push(...(await openingFigures(path, events)));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const missed = figures.filter((figure) => isMissed(figure, isQuick));
if (values.json) {
  process.stdout.write(`${JSON.stringify({ isQuick, events: wantedEvents, figures }, null, 2)}\n`);
} else {
  printTable(figures);
}
for (const { name } of missed) process.stderr.write(`missed: ${name}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;

function printTable(all: readonly Figure[]): void {
  const rows = all.map((figure) => [
    figure.name,
    figure.measured,
    figure.ceiling ?? '',
    figure.ratio === undefined ? '' : figure.ratio.toFixed(2),
    wantedText(figure),
    isMissed(figure, isQuick) ? 'missed' : '',
  ]);
  const header = ['figure', 'measured', 'ceiling in the same run', 'ratio', 'wanted', ''];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [header, ...rows]) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  if (isQuick) process.stdout.write('a quick run: ratios may be a quarter worse than wanted\n');
}
