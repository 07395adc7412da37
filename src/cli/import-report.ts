/** What an import read, what became of it, and what its records cannot tell. */
import type { Recorded } from '../ledger/recorder.ts';
import type { Observation } from '../observation/observation.ts';
import type { LeftOut } from '../sources/chosen-files.ts';
import { Tally, type TallyReport } from '../sources/tally.ts';
import type { Output } from './cli.ts';
import { count, counted, countedOf } from './format.ts';
import type { Ledger, Proved, RecordReport } from './ledger-port.ts';
import { fieldLines } from './table.ts';

export interface ImportedReport extends RecordReport, TallyReport {
  readonly source: string;
  readonly isDryRun: boolean;
  /** The ledger held nothing before: what was known is told twice by these records themselves. */
  readonly isFirst: boolean;
  /** False where it was stopped or failed before the end: run again, it adds the rest. */
  readonly isComplete: boolean;
  /** Of the recording nodes, and others that the network was told of, as the records name them. */
  readonly channels: number;
  readonly publicChannels: number;
  readonly eventsByType: Readonly<Record<string, number>>;
  /** Put there now: what was in quarantine before is only in `quarantined`. */
  readonly quarantinedByRule: Readonly<Record<string, number>>;
  /** In the folders that were named: what the importer does not read, and what each is. */
  readonly filesNotRead: readonly LeftOut[];
}

/** Files left out that are named; the rest is counted, and in the JSON. */
const MOST_LEFT_OUT = 20;

/** Beyond this many they are not told apart any more, so that no input fills the memory. */
const MOST_TOLD_APART = 1_000_000;

export class ImportCounts {
  tally = new Tally();
  outcome: RecordReport | undefined;
  observations = 0;
  readonly #source: string;
  readonly #isDryRun: boolean;
  readonly #isFirst: boolean;
  readonly #leftOut: readonly LeftOut[];
  readonly #channels = new Set<string>();
  readonly #publicChannels = new Set<string>();
  readonly #toProve = new Set<string>();
  #proved: readonly Proved[] = [];
  readonly #byType = new Map<string, number>();
  readonly #byRule = new Map<string, number>();
  #events = 0;

  constructor(
    source: string,
    about: Pick<ImportedReport, 'isDryRun' | 'isFirst'> & {
      readonly leftOut: readonly LeftOut[];
    },
  ) {
    this.#source = source;
    this.#isDryRun = about.isDryRun;
    this.#isFirst = about.isFirst;
    this.#leftOut = about.leftOut;
  }

  /** There were records, and every one of them is bad. */
  get readNothing(): boolean {
    const { read, bad } = this.tally.report();
    return this.observations === 0 && bad.count > 0 && Object.values(read).every((n) => n === 0);
  }

  async *counted(
    observations: AsyncIterable<Observation>,
  ): AsyncGenerator<Observation, void, undefined> {
    for await (const observation of observations) {
      yield observation;
      // Once it is taken: one that is told after Ctrl-C is not recorded.
      this.observations++;
      if (observation.about === 'channel') {
        note(this.#channels, `${observation.nodeId}.${observation.channelId}`);
      } else if (observation.about === 'gossip') {
        note(this.#publicChannels, observation.shortChannelId);
      }
    }
  }

  recorded(all: readonly Recorded[]): void {
    for (const { stream, events } of all) {
      if (stream.startsWith('channel-') && events.some(isProvable)) note(this.#toProve, stream);
      this.#events += events.length;
      for (const { type, data } of events) {
        add(this.#byType, type);
        if (type === 'ObservationQuarantined') add(this.#byRule, ruleIn(data));
      }
    }
  }

  /** Checks whose signatures and secrets this run recorded. */
  async prove(ledger: Pick<Ledger, 'prove'>, signal: AbortSignal): Promise<void> {
    if (this.#toProve.size > 0) this.#proved = await ledger.prove(this.#toProve, signal);
  }

  /**
   * What was wrong in the records, a sentence each: signatures and secrets that are not their keys', and
   * records that are none. All the rest is recorded. The end of a file that still grows is no such record.
   */
  flaws(): readonly string[] {
    const { checked, wrong, bad } = this.report(true);
    const counts = Object.values(checked).map(({ bad: many }) => many);
    const wrongCount = counts.reduce((sum, many) => sum + many, 0);
    const isProvedWrong = this.#proved.some(({ bad: many }) => many > 0);
    const where = [
      ...(wrong.length > 0 ? ['the report says which'] : []),
      ...(isProvedWrong ? ['"channel-ledger verify --signatures" says where'] : []),
    ].join(', and ');
    const are = (many: number) => (many === 1 ? 'is' : 'are');
    const wrongOnes = `${count(wrongCount)} of its signatures and secrets ${are(wrongCount)} wrong`;
    const badOnes = `${counted(bad.count, 'record')} ${are(bad.count)} damaged or cut off`;
    return [
      ...(wrongCount > 0 ? [`${wrongOnes}: ${where}`] : []),
      ...(bad.count > 0 ? [`${badOnes}: the report says which`] : []),
    ];
  }

  /** Of this run. */
  get events(): number {
    return this.#events;
  }

  report(isComplete: boolean): ImportedReport {
    const outcome = this.outcome ?? {
      observations: this.observations,
      events: this.#events,
      // An import that failed did not come to count them.
      known: 0,
      quarantined: this.#byType.get('ObservationQuarantined') ?? 0,
    };
    const told = this.tally.report();
    const proved = this.#proved
      .filter(({ what, bad }) => !(what === MESSAGES && UPDATES in told.checked && bad === 0))
      // What the importer checked itself is more: it holds what was known already too.
      .filter(({ what, bad }) => bad > (told.checked[what]?.bad ?? -1))
      .map(({ what, ...counts }) => [what, counts] as const);
    return {
      source: this.#source,
      isDryRun: this.#isDryRun,
      isFirst: this.#isFirst,
      isComplete,
      ...outcome,
      channels: this.#channels.size,
      publicChannels: this.#publicChannels.size,
      eventsByType: byCount(this.#byType),
      quarantinedByRule: byCount(this.#byRule),
      filesNotRead: this.#leftOut,
      ...told,
      checked: { ...told.checked, ...Object.fromEntries(proved) },
    };
  }
}

/** What carries a signature or a secret, or what is needed to check one. */
const PROVABLE: ReadonlySet<string> = new Set([
  'ChannelAnnounced',
  'ChannelClosed',
  'CommitmentRevoked',
  'CommitmentUpdated',
  'FeePolicyChanged',
  'HtlcSettled',
  'TransactionKept',
]);

function isProvable({ type }: { readonly type: string }): boolean {
  return PROVABLE.has(type);
}

function note(names: Set<string>, name: string): void {
  if (names.size < MOST_TOLD_APART) names.add(name);
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function byCount(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function ruleIn(data: string): string {
  const { rule } = JSON.parse(data) as { readonly rule?: unknown };
  return typeof rule === 'string' ? rule : 'unknown';
}

export function reportLines(
  report: ImportedReport,
  { style, columns }: Pick<Output, 'style' | 'columns'>,
): string[] {
  const { text } = style;
  const { unread, bad, checked, cannotTell, eventsByType, quarantinedByRule } = report;
  const { observations, events, quarantined, channels, publicChannels } = report;
  const rows: [string, string | undefined][] = [
    ['records read', readText(report)],
    ['observations', `${count(observations)}, ${knownText(report)}`],
    [report.isDryRun ? 'events it would add' : 'events added', total(events, eventsByType)],
    ['channels', channelsText(channels, publicChannels)],
    ['quarantined', quarantined === 0 ? '0' : total(quarantined, quarantinedByRule)],
    ...unproved(report),
    ...Object.entries(checked).map(([what, { valid, bad: wrong, notCheckable }]) => {
      const rest = notCheckable === 0 ? '' : `, ${count(notCheckable)} not checkable`;
      return [what, `${count(valid)} valid, ${count(wrong)} bad${rest}`] as [string, string];
    }),
    ...report.wrong.map(({ place, reason }): [string, string] => ['wrong', `${place}: ${reason}`]),
    ...leftOutRows(report.filesNotRead),
    ...unread.map(({ kind, count: many, why }): [string, string] => {
      return ['not read', `${countedOf(many, kind)}: ${why}`];
    }),
    ['bad records', count(bad.count)],
    ...bad.named.map(({ place, reason }): [string, string] => ['', `${place}: ${reason}`]),
    ...cannotTell.map((sentence): [string, string] => ['cannot tell', sentence]),
  ];
  const head = [
    ...(report.isDryRun ? ['dry run: nothing was recorded'] : []),
    ...(report.isComplete ? [] : ['not read to the end: of the rest nothing is counted here']),
  ];
  const harmless = rows.map(([name, value]) => [text(name), value && text(value)] as const);
  return [...head, ...fieldLines(onceNamed(harmless), style, columns)];
}

/** Records of one import may tell the same in two places: that is nothing the ledger had before. */
function knownText({ known, events, isFirst }: ImportedReport): string {
  if (known === 0) return '0 of them known already';
  if (isFirst) return `${count(known)} of them told twice by these records`;
  const told = `${count(known)} of them known already`;
  return events === 0 ? told : `${told}, from before or by another of these records`;
}

/** As the ledger and as importers that check themselves call the same ones. */
const MESSAGES = 'announcement and policy signatures';
const UPDATES = 'channel_update signatures';

function unproved({ checked, eventsByType }: ImportedReport): readonly [string, string][] {
  const isPublic =
    'PublicChannelAnnounced' in eventsByType || 'PublicFeePolicyChanged' in eventsByType;
  const names = Object.keys(checked);
  if (isPublic && !names.some((name) => OF_THE_GRAPH.has(name))) {
    return [names.length > 0 ? OTHERS_UNCHECKED : PUBLIC_UNCHECKED];
  }
  return names.length > 0 ? [] : [NOTHING_CHECKED];
}

/** An importer that counts these has checked all that it told of the public graph. */
const OF_THE_GRAPH: ReadonlySet<string> = new Set([UPDATES, 'channel_announcement signatures']);

const OTHERS_UNCHECKED: [string, string] = [
  'signatures',
  'of the records of its channels as below; those of the public graph are not checked here: "channel-ledger verify --signatures" does',
];
const PUBLIC_UNCHECKED: [string, string] = [
  'signatures',
  'those of the public graph are not checked here: "channel-ledger verify --signatures" does',
];
const NOTHING_CHECKED: [string, string] = [
  'signatures',
  'none checked: nothing was added that is signed, and no secret',
];

function readText({ read, unread, bad, source }: ImportedReport): string {
  const isEmpty = Object.keys(read).length + unread.length + bad.count === 0;
  return isEmpty ? `none: they hold nothing yet of what "import ${source}" reads` : listed(read);
}

function leftOutRows(files: readonly LeftOut[]): readonly [string, string][] {
  const rows = files.slice(0, MOST_LEFT_OUT).map(({ path, why }): [string, string] => {
    return ['files not read', `${path}: ${why}`];
  });
  const rest = files.length - rows.length;
  if (rest > 0) rows.push(['files not read', `and ${count(rest)} more (--json has them all)`]);
  return rows;
}

/** A name that stands above is not repeated. */
function onceNamed(
  rows: readonly (readonly [string, string | undefined])[],
): readonly (readonly [string, string | undefined])[] {
  return rows.map(([name, value], nth) => [rows[nth - 1]?.[0] === name ? '' : name, value]);
}

function listed(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, many]) => countedOf(many, name));
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function total(sum: number, parts: Readonly<Record<string, number>>): string {
  const listing = Object.keys(parts).length === 0 ? '' : `: ${listed(parts)}`;
  return `${count(sum)}${listing}`;
}

function channelsText(own: number, heardOf: number): string | undefined {
  const parts = [
    ...(own > 0 ? [counted(own, 'channel')] : []),
    ...(heardOf > 0 ? [`${count(heardOf)} that the network was told of`] : []),
  ];
  return parts.join(', ');
}
