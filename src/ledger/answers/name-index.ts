/**
 * By which names channels go, kept while the ledger is open. A stream's names change with its events
 * alone: only of streams that have gone on since the last question is the row looked at again.
 */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { Rows } from '../rows.ts';
import type { AnswerContext } from './context.ts';

/** What one teller calls a channel. */
export interface NamedStream {
  readonly stream: string;
  readonly nodeId: string;
  readonly channelId: string;
  readonly source: string;
  readonly names: readonly string[];
}

const indexes = new WeakMap<Rows, NameIndex>();

/** The names as of now. */
export function nameIndexOf(context: AnswerContext): NameIndex {
  const known = indexes.get(context.rows);
  const index = known ?? new NameIndex();
  if (known === undefined) indexes.set(context.rows, index);
  index.catchUp(context);
  return index;
}

class NameIndex {
  readonly #streams = new Map<string, NamedStream>();
  readonly #revisions = new Map<string, number>();
  readonly #byName = new Map<string, Set<string>>();

  catchUp({ store, rows }: AnswerContext): void {
    for (const { stream, revision } of store.streamHeads('channel-')) {
      if (this.#revisions.get(stream) === revision) continue;
      const found = rows.one(channelProjection, stream);
      // Another process may have gone on with it since.
      this.#revisions.set(stream, found?.revision ?? revision);
      if (found !== undefined) this.#set(stream, found.row);
    }
  }

  all(): Iterable<NamedStream> {
    return this.#streams.values();
  }

  /** Whose names that one is, as it is spelled. */
  called(name: string): readonly NamedStream[] {
    return [...(this.#byName.get(name) ?? [])].flatMap((stream) => this.#streams.get(stream) ?? []);
  }

  #set(stream: string, row: ChannelRow): void {
    const names = namesOf(row);
    const before = this.#streams.get(stream)?.names ?? [];
    if (names.length === before.length && names.every((name, nth) => name === before[nth])) return;
    for (const name of before) this.#byName.get(name)?.delete(stream);
    for (const name of names) {
      const streams = this.#byName.get(name) ?? new Set();
      this.#byName.set(name, streams.add(stream));
    }
    const { nodeId, channelId, source } = row;
    this.#streams.set(stream, { stream, nodeId, channelId, source, names });
  }
}

function namesOf(row: ChannelRow): readonly string[] {
  const candidates = row.candidates.map((candidate) => candidate.fundingOutpoint);
  return [row.channelId, ...row.outpoints, ...row.shortChannelIds, ...candidates];
}
