/** `history CHANNEL`: its events, one line each, with what changed. */
import type { Command } from 'commander';
import { present } from '../ledger/answers/tellers.ts';
import type { Query } from '../ledger/query.ts';
import { parseStream } from '../ledger/streams.ts';
import type { HistoryEntry } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { exactTime } from './format.ts';
import { jsonLine } from './json.ts';
import { knownTypes } from './known-types.ts';
import type { Ledger } from './ledger-port.ts';
import { withLedger } from './open.ts';
import {
  addSpanOptions,
  addTypeOption,
  everyNarrowing,
  narrowedBy,
  optionsOf,
  queryOf,
  type SpanOptions,
  spanOf,
} from './options.ts';
import { placedTime } from './placed-time.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import type { Colour, Style } from './style.ts';
import { displayWidth, wrapped } from './terminal-text.ts';
import { plainValue } from './value-text.ts';

interface HistoryOptions extends SpanOptions {
  readonly type?: readonly string[];
  readonly secrets?: boolean;
}

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .option('--secrets', 'show payment hashes, preimages, scripts and revocation secrets');
  addTypeOption(command, 'only events of this type, such as HtlcAdded; may be repeated');
  addSpanOptions(command)
    .addHelpText('after', '\nExample: channel-ledger history 103x1x0 --type CommitmentUpdated')
    .action(async (name: string) => {
      const options = optionsOf<HistoryOptions>(command);
      const types = await knownTypes(options.type, 'channel');
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const narrowing = {
          ...query,
          ...spanOf(options, { isOneChannel: true }),
          ...(types && { types }),
        };
        const showsSecrets = options.secrets ?? false;
        const { style, columns } = cli.out;
        const source = options.json ? 0 : widthOfSources(ledger, name, query);
        const width = options.wide ? undefined : columns;
        let lines = 0;
        for (const { entry, time } of withTimeWidth(ledger.history(name, narrowing), style)) {
          const shown = options.json
            ? [jsonLine(entryDocument(entry, showsSecrets))]
            : historyLines(entry, showsSecrets, style, width, { source, time });
          for (const line of shown) await cli.out.streamLine(line);
          lines += 1;
        }
        if (lines === 0 && !options.json) cli.out.line('no event');
      });
    });
}

/** Each teller's changes are those of its own account: who tells is said where there are several. */
function widthOfSources(ledger: Ledger, name: string, { nodeId, source }: Query): number {
  const { sources } = ledger.channel(name, present({ nodeId, source }));
  return sources.length < 2 ? 0 : Math.max(...sources.map((one) => one.length));
}

/** Entries looked at before the first is shown: most channels have no more. */
const LOOKED_AHEAD = 1_000;

/** Each with the columns that times take: a time that was placed is as long as its bounds. */
export function* withTimeWidth(
  entries: Iterable<HistoryEntry>,
  style: Style,
): Generator<{ readonly entry: HistoryEntry; readonly time: number }> {
  const held: HistoryEntry[] = [];
  let time = TIME_WIDTH;
  for (const entry of entries) {
    time = Math.max(time, timeOf(entry, style).length);
    held.push(entry);
    if (held.length < LOOKED_AHEAD) continue;
    for (const one of held.splice(0)) yield { entry: one, time };
  }
  for (const entry of held) yield { entry, time };
}

function timeOf({ at, atBounds }: HistoryEntry, style: Style): string {
  return placedTime(at, atBounds, style, exactTime);
}

/** The entry with its secrets left out, unless they were asked for. */
function entryDocument(entry: HistoryEntry, showsSecrets: boolean): object {
  if (showsSecrets || entry.sealed?.state !== 'open') return entry;
  return { ...entry, sealed: { state: 'sealed' } };
}

const TIME_WIDTH = '2026-03-14 15:09:26.535'.length;
const TYPE_WIDTH = 22;
const REVISION_WIDTH = 6;
/** Opening a channel fills its whole row. */
const MOST_CHANGES = 8;

const INDENT = ' '.repeat(4);

interface HistoryColumns {
  /** That the names of several tellers take; 0 where there is one. */
  readonly source?: number;
  readonly time?: number;
}

/**
 * One line of any length where there is no terminal, for `grep`; in a terminal what has no room stands
 * below, indented.
 */
export function historyLines(
  entry: HistoryEntry,
  showsSecrets: boolean,
  style: Style,
  width?: number,
  columns: HistoryColumns = {},
): readonly string[] {
  const { source: sourceWidth = 0, time: timeWidth = TIME_WIDTH } = columns;
  const source = parseStream(entry.stream)?.source ?? '';
  const teller = sourceWidth === 0 ? [] : [style.text(source).padEnd(sourceWidth)];
  const revision = String(entry.revision).padStart(REVISION_WIDTH);
  const time = timeOf(entry, style).padEnd(timeWidth);
  const type = style.text(entry.type);
  const what: readonly (readonly [colour: Colour | undefined, text: string])[] = [
    [undefined, dataText(entry, style)],
    ['dim', changesText(entry, style)],
    sealedText(entry, showsSecrets, style),
  ];
  const told = what.filter(([, text]) => text !== '');
  const painted = (colour: Colour | undefined, text: string) =>
    colour === undefined ? text : style.paint(colour, text);
  const head = (shown: string) =>
    [time, ...teller, revision, style.paint('cyan', shown)].join('  ');
  const plain = [
    time,
    ...teller,
    revision,
    type.padEnd(TYPE_WIDTH),
    ...told.map(([, text]) => text),
  ];
  if (width === undefined || displayWidth(plain.join('  ').trimEnd()) <= width) {
    const parts = [
      head(type.padEnd(TYPE_WIDTH)),
      ...told.map(([colour, text]) => painted(colour, text)),
    ];
    return [parts.join('  ').trimEnd()];
  }
  const below = told.flatMap(([colour, text]) =>
    wrapped(text, width - INDENT.length).map((line) => `${INDENT}${painted(colour, line)}`),
  );
  return [head(type), ...below];
}

/** What the event says beside what it changed; ids and raw bytes are for `--json`. */
function dataText({ data, changes }: HistoryEntry, style: Style): string {
  const { sealed: _sealed, ...plain } = data;
  const changed = new Set(changes.map(({ to }) => jsonLine({ to })));
  return Object.entries(plain)
    .filter(([, to]) => !isEmpty(to) && !isLongHex(to) && !changed.has(jsonLine({ to })))
    .map(([field, value]) => `${style.text(field)}=${plainValue(value, style)}`)
    .join(' ');
}

function changesText({ at, atBounds, changes }: HistoryEntry, style: Style): string {
  const telling = changes.filter(({ field, from, to }) => {
    // How well its own time is known stands before it.
    const isOwnTime = atBounds !== undefined && (to === at || /Bounds\.\w+$/.test(field));
    return !isOwnTime && !(isEmpty(from) && isEmpty(to)) && !isLongHex(to);
  });
  if (telling.length === 0) return '';
  const texts = telling.slice(0, MOST_CHANGES).map(({ field, from, to }) => {
    const before = isEmpty(from) ? '' : `${plainValue(from, style)} ${style.glyphs.arrow} `;
    return `${fieldName(field, style)}: ${before}${isEmpty(to) ? 'none' : plainValue(to, style)}`;
  });
  const more = telling.length - texts.length;
  if (more > 0) texts.push(`${more} more`);
  return `[${texts.join(', ')}]`;
}

const SHORT_ID = 8;

/** An output is a field by its outpoint: enough of it is shown to tell it from the others. */
function fieldName(field: string, style: Style): string {
  return style.text(
    field.replace(/[0-9a-f]{64}/g, (id) => `${id.slice(0, SHORT_ID)}${style.glyphs.ellipsis}`),
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  );
}

/** Keys, signatures, hashes: nothing that anybody reads in a line. */
function isLongHex(value: unknown): boolean {
  if (typeof value === 'string') return /^[0-9a-f]{32,}(:\d+)?$/.test(value);
  return typeof value === 'object' && Object.values(value ?? {}).some(isLongHex);
}

function sealedText(
  { sealed }: HistoryEntry,
  showsSecrets: boolean,
  style: Style,
): readonly [colour: Colour | undefined, text: string] {
  switch (sealed?.state) {
    case undefined:
      return [undefined, ''];
    case 'no-key':
      return [undefined, 'sealed (no key)'];
    case 'purged':
      return [undefined, 'sealed (purged)'];
    case 'damaged':
      return ['red', 'sealed (damaged)'];
    case 'open': {
      if (!showsSecrets) return [undefined, 'sealed'];
      const fields = Object.entries(sealed.fields);
      const texts = fields.map(
        ([field, value]) => `${style.text(field)}=${wholeText(value, style)}`,
      );
      return [undefined, texts.join(' ')];
    }
  }
}

function wholeText(value: unknown, style: Style): string {
  return style.text(typeof value === 'string' ? value : jsonLine(value));
}
