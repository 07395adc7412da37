/** What a source that goes on by itself offers `record`: it is started, tells, and ends when asked to. */
import type { NodeId } from '../lightning/ids.ts';
import type { Observation } from '../observation/observation.ts';
import type { Known } from './known.ts';

/** Diagnostics: a sentence and plain figures, so that no record with its secrets can slip in. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export interface LiveContext {
  /** Aborts when recording is to end: the observations then end by themselves, soon. */
  readonly signal: AbortSignal;
  /** What the person gave for the options that the source declares, by their camelCase names. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Where the source may keep what it needs to go on the next time; it may not be there yet. */
  readonly stateDirectory: string;
  readonly log: Log;
  /** What the ledger knows by now. */
  readonly known: () => Known;
}

/** A node whose record begins now. */
export interface LiveNode {
  readonly chain: string;
  readonly nodeId: NodeId;
  /** As in the observations. */
  readonly source: string;
  readonly alias?: string;
  /** Its records hold what happened while nobody listened: that is told now, and is no gap. */
  readonly tellsItsPast?: boolean;
}

export interface LiveRun {
  readonly nodes: readonly LiveNode[];
  /** Pulled once, after every node's recording has begun. */
  readonly observations: AsyncIterable<Observation>;
}

export interface LiveSource {
  /** Asked before a ledger is made: throws a sentence where something it needs is not installed. */
  prepare?(): Promise<void>;
  start(context: LiveContext): Promise<LiveRun>;
}

/** How a source is listed before it is loaded. */
export interface LiveSourceEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flags: string; readonly description: string }[];
  /** `--node`, where its records may not say whose they are: it comes as the option `node`, a whole id. */
  readonly takesNode?: true;
  readonly load: () => Promise<LiveSource>;
}
