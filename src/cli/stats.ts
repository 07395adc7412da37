/** `stats`: the head hash, and what the ledger holds. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { count } from './format.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { optionsOf } from './options.ts';
import type { Style } from './style.ts';
import { fieldLines } from './table.ts';

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', '\nExample: channel-ledger stats --json').action(async () => {
    const options = optionsOf(command);
    await withLedger(cli, options, 'read', async (ledger) => {
      const stats = await ledger.stats();
      if (options.json) return cli.out.line(jsonDocument(stats));
      const width = options.wide ? undefined : cli.out.columns;
      for (const line of statsLines(stats, cli.out.style, width)) cli.out.line(line);
    });
  });
}

const INDENT = '  ';

/** Figures first, then each group of figures under its name: whatever a store counts is shown. */
function statsLines(stats: object, style: Style, width?: number): readonly string[] {
  const fields = Object.entries(stats);
  const groups = fields.filter(([, value]) => typeof value === 'object' && value !== null);
  const figures = fields.filter((field) => !groups.includes(field));
  // A hash beside the longest name would stand over the edge.
  const [hashes, numbers] = [figures.filter(isHash), figures.filter((one) => !isHash(one))];
  const lines = [...pairLines(hashes, style, width), ...pairLines(numbers, style, width)];
  for (const [name, group] of groups) {
    lines.push('', style.paint('bold', words(name)));
    const pairs = Array.isArray(group) ? group.map(pairOfRecord) : Object.entries(group);
    const inner = width === undefined ? undefined : width - INDENT.length;
    lines.push(...pairLines(pairs, style, inner).map((line) => INDENT + line));
  }
  return lines;
}

/** `{type: 'HtlcAdded', count: 7}` reads like `HtlcAdded: 7`. */
function pairOfRecord(record: unknown): [string, unknown] {
  const [name, ...values] = Object.values(record ?? {});
  return [String(name), values.length === 1 ? values[0] : values.map(figure).join('  ')];
}

function isHash([, value]: readonly [string, unknown]): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function pairLines(
  pairs: readonly (readonly [string, unknown])[],
  style: Style,
  width: number | undefined,
) {
  const texts = pairs.map(([name, value]) => {
    return [style.text(words(name)), style.text(figure(value))] as const;
  });
  return fieldLines(texts, style, width);
}

function figure(value: unknown): string {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? count(value) : value.toFixed(2);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, inner]) => `${words(name)} ${figure(inner)}`)
      .join(', ');
  }
  return String(value);
}

/** `bytesPerEvent` as `bytes per event`; names of event types stay as they are. */
function words(name: string): string {
  if (!/^[a-z]/.test(name)) return name;
  return name.replace(/([a-z0-9])([A-Z])/g, (_all, before: string, letter: string) => {
    return `${before} ${letter.toLowerCase()}`;
  });
}
