/**
 * Appending to a cluster. One stream's appends go one after the other, in the order they were asked
 * for; different streams go beside each other. Where an answer is lost the stream is read back, and
 * the same events are sent again: their ids are their digests, so that twice is once.
 */
import {
  type AppendRequest,
  type AppendResult,
  type NewEvent,
  NO_STREAM,
  StoreError,
  UNKNOWN_POSITION,
} from '../event-store.ts';
import { quote } from '../limits.ts';
import { backOff } from './backoff.ts';
import type { ClusterAnswer } from './batch-calls.ts';
import type { Cluster } from './cluster.ts';
import { AppendLanes } from './lanes.ts';
import { type Landed, landedOf } from './outcome.ts';
import { type Sealed, sealedEvent, unsealedEvent } from './stored-form.ts';
import { ClusterTrouble } from './trouble.ts';

export interface AppenderOptions {
  readonly cluster: Pick<Cluster, 'append' | 'readStream' | 'newestOf'>;
  /** The name a stream has in the cluster. */
  readonly nameOf: (stream: string) => string;
  /** Told of every append whose answer was lost, and what became of it. */
  readonly onUncertain: (sentence: string) => void;
  /** For how long an append whose answer is lost is tried again. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

interface Tip {
  readonly revision: number;
  readonly digest: Uint8Array | undefined;
}

const MOST_TIPS = 50_000;

export class Appender {
  readonly #options: AppenderOptions;
  readonly #lanes = new AppendLanes({
    append: (request, digests) => this.#append(request, digests),
    newestRevision: (stream) => this.#newestRevision(stream),
  });
  /** Where this process knows a stream to end: the next digest is made on top of it. */
  readonly #tips = new Map<string, Tip>();

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  append(
    requests: readonly AppendRequest[],
    batch: number | undefined,
  ): Promise<readonly AppendResult[]> {
    return this.#lanes.append(requests, batch);
  }

  async #append(request: AppendRequest, digests: Uint8Array[]): Promise<AppendResult> {
    const { stream, expectedRevision } = request;
    const name = this.#options.nameOf(stream);
    return this.#persistently(request, async () => {
      const before = await this.#digestAt(stream, expectedRevision);
      if (before === 'missing') {
        return { ok: false, actualRevision: await this.#newestRevision(stream) };
      }
      const sealed = chained(request, before);
      digests.splice(0, digests.length, ...sealed.map(({ digest }) => digest));
      const events = sealed.map(({ event }) => event);
      const answer = await this.#options.cluster.append(name, events, expectedRevision);
      return this.#settled(request, answer, sealed);
    });
  }

  /** Tries again while trouble passes; each time the stream is asked first what became of it. */
  async #persistently(
    request: AppendRequest,
    attempt: () => Promise<AppendResult>,
  ): Promise<AppendResult> {
    const { signal, patienceMs, onUncertain } = this.#options;
    const place = `the append to ${quote(request.stream)} after revision ${request.expectedRevision}`;
    const startedAt = Date.now();
    let reason: string | undefined;
    for (let failures = 0; ; failures++) {
      try {
        const landed = reason === undefined ? undefined : await this.#landed(request);
        const result = landed ?? (await attempt());
        if (reason !== undefined) {
          const was = landed === undefined ? 'not appended, so it was sent again' : 'appended';
          const end = result.ok ? was : 'another writer was first';
          onUncertain(`${place}: outcome unknown (${reason}), resolved to: ${end}`);
        }
        return result;
      } catch (cause) {
        this.#tips.delete(request.stream);
        if (!(cause instanceof ClusterTrouble) || !cause.isPassing) throw cause;
        reason = cause.message;
        if (signal.aborted || Date.now() - startedAt > patienceMs) {
          throw new StoreError(
            `${place} got no answer (${reason}): its outcome is unknown, and the same append again finds out`,
            { cause },
          );
        }
      }
      await backOff(failures, signal);
    }
  }

  /** What became of an append: its result where its events are there, undefined where nothing is. */
  async #landed(request: AppendRequest): Promise<AppendResult | undefined> {
    const landed = await this.#readBack(request);
    if (landed.kind === 'nothing') return undefined;
    if (landed.kind === 'other') {
      return { ok: false, actualRevision: await this.#newestRevision(request.stream) };
    }
    this.#remember(request.stream, landed);
    return accepted(landed);
  }

  async #settled(
    request: AppendRequest,
    answer: ClusterAnswer,
    sealed: readonly Sealed[],
  ): Promise<AppendResult> {
    const { stream, expectedRevision } = request;
    if (!answer.ok) {
      const landed = await this.#readBack(request);
      if (landed.kind === 'landed') return accepted(landed);
      this.#tips.delete(stream);
      return answer;
    }
    const revision = expectedRevision + sealed.length;
    const digest = sealed.at(-1)?.digest ?? new Uint8Array();
    const tip = this.#tips.get(stream);
    if (tip === undefined || tip.revision < revision) this.#remember(stream, { revision, digest });
    return accepted({ revision, digest });
  }

  async #readBack({ stream, events, expectedRevision }: AppendRequest): Promise<Landed> {
    const stored: (Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'> & { digest: Uint8Array })[] =
      [];
    const name = this.#options.nameOf(stream);
    const from = expectedRevision + 1;
    for await (const records of this.#options.cluster.readStream(name, from, events.length)) {
      for (const record of records) {
        const { revision } = record;
        // A truncated stream begins later than asked for: those are other events.
        if (revision !== from + stored.length) return landedOf(events, stored, expectedRevision);
        stored.push(unsealedEvent(record, () => `${quote(stream)} revision ${revision}`));
      }
    }
    return landedOf(events, stored, expectedRevision);
  }

  /** Digest of the stream's event at that revision, which the next one is made on top of. */
  async #digestAt(stream: string, revision: number): Promise<Uint8Array | undefined | 'missing'> {
    if (revision === NO_STREAM) return undefined;
    const tip = this.#tips.get(stream);
    if (tip?.revision === revision) return tip.digest;
    const name = this.#options.nameOf(stream);
    for await (const [record] of this.#options.cluster.readStream(name, revision, 1)) {
      if (record?.revision !== revision) return 'missing';
      return unsealedEvent(record, () => `${quote(stream)} revision ${revision}`).digest;
    }
    return 'missing';
  }

  async #newestRevision(stream: string): Promise<number> {
    const newest = await this.#options.cluster.newestOf(this.#options.nameOf(stream));
    return newest?.revision ?? NO_STREAM;
  }

  #remember(stream: string, { revision, digest }: Tip): void {
    this.#tips.delete(stream);
    this.#tips.set(stream, { revision, digest });
    if (this.#tips.size <= MOST_TIPS) return;
    for (const oldest of this.#tips.keys()) {
      this.#tips.delete(oldest);
      return;
    }
  }
}

function chained(
  { stream, events, expectedRevision }: AppendRequest,
  before: Uint8Array | undefined,
): readonly Sealed[] {
  let digest = before;
  return events.map((event, index) => {
    const sealed = sealedEvent(stream, expectedRevision + 1 + index, event, digest);
    digest = sealed.digest;
    return sealed;
  });
}

function accepted(last: { readonly revision: number; readonly digest: Uint8Array }): AppendResult {
  const { revision, digest } = last;
  return { ok: true, lastRevision: revision, position: UNKNOWN_POSITION, digest };
}
