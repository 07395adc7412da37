/** What every observation of one file says of itself, and when its facts are placed. */
import type { ChannelContext, ChannelFact } from '../../channel/observations.ts';
import { BlockTimes } from '../../lightning/block-times.ts';
import {
  type ChannelId,
  FIRST_ALIAS_HEIGHT,
  type NodeId,
  type ShortChannelId,
  splitShortChannelId,
} from '../../lightning/ids.ts';
import type { NodeFact } from '../../node/observations.ts';
import type {
  ChannelObservation,
  NodeObservation,
  ObservationHeader,
} from '../../observation/observation.ts';
import { whenAsked } from '../../schema/when-asked.ts';
import { RecordError } from './row.ts';

/** `lightningd.sqlite3`, `accounts.sqlite3`, and what `lightning-cli` prints. */
export type ClnSource = 'cln-db' | 'cln-bookkeeper' | 'cln-rpc';

const SECOND_NS = 1_000_000_000n;

/** When something took effect, as well as the record says it. */
export interface Placed {
  readonly atNs: bigint;
  /** The record's own time; otherwise it lies between the bounds. */
  readonly isStated: boolean;
  readonly notBeforeNs?: bigint;
  readonly notAfterNs?: bigint;
}

export const statedAt = (atNs: bigint): Placed => ({ atNs, isStated: true });

/** A time in whole seconds: placed at their beginning. */
export function statedInSeconds(seconds: bigint): Placed {
  const atNs = seconds * SECOND_NS;
  return { atNs, isStated: true, notBeforeNs: atNs, notAfterNs: atNs + SECOND_NS - 1n };
}

/** Not before what came before it, and nothing tells how long after. */
export const after = (notBeforeNs: bigint): Placed => {
  return { atNs: notBeforeNs, isStated: false, notBeforeNs };
};

/** The same, told later than something that must come before it. */
export function atLeast(placed: Placed, earliestNs: bigint): Placed {
  if (placed.atNs >= earliestNs) return placed;
  const { notAfterNs } = placed;
  const isWithin = notAfterNs !== undefined && notAfterNs >= earliestNs;
  return { ...after(earliestNs), ...(isWithin && { notAfterNs }) };
}

export interface Origin {
  readonly chain: string;
  readonly nodeId: NodeId;
  readonly source: ClnSource;
  /** The file's own name. */
  readonly file: string;
  readonly nowNs: bigint;
}

/** A channel that facts are told of. */
export interface Subject {
  readonly channelId: ChannelId;
  readonly context: ChannelContext;
}

/** A fact, and where it stands in the file: the place is its key too, so it holds no secret. */
export interface Heard {
  readonly place: string;
  readonly placed: Placed;
  readonly blockHeight?: number | undefined;
}

export class Teller {
  readonly #origin: Origin;
  /** What everybody knows of the chain. */
  readonly #blocks = whenAsked(() => {
    const times = new BlockTimes();
    times.addKnownBlocks(this.#origin.chain);
    return times;
  });

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  channel(subject: Subject, fact: ChannelFact, heard: Heard): ChannelObservation {
    const { channelId, context } = subject;
    return { ...this.#header(heard), about: 'channel', channelId, context, fact };
  }

  node(fact: NodeFact, heard: Heard, paymentHash?: string): NodeObservation {
    const hash = paymentHash === undefined ? {} : { paymentHash };
    return { ...this.#header(heard), about: 'node', fact, ...hash };
  }

  /**
   * Not before that time and until the record was read; of a record without any time not before the block of its
   * funding, as far as everybody knows when that was. What the clock says at the reading places nothing: the same
   * record would stand elsewhere each time.
   */
  since(notBeforeNs: bigint | undefined, shortChannelId: ShortChannelId | undefined): Placed {
    const { nowNs } = this.#origin;
    if (notBeforeNs !== undefined) return { ...after(notBeforeNs), notAfterNs: nowNs };
    const height = shortChannelId && splitShortChannelId(shortChannelId).blockHeight;
    if (height === undefined || height >= FIRST_ALIAS_HEIGHT) {
      return { atNs: 0n, isStated: false, notAfterNs: nowNs };
    }
    const { timeNs, notBeforeNs: earliestNs } = this.#blocks().at(height);
    const bound = earliestNs === undefined ? {} : { notBeforeNs: earliestNs };
    return { atNs: timeNs, isStated: false, ...bound, notAfterNs: nowNs };
  }

  /** A time that can be: throws a RecordError where it has not come yet. */
  timeNs(name: string, ns: bigint | undefined): bigint | undefined {
    if (ns === undefined) return undefined;
    if (ns >= 0n && ns <= this.#origin.nowNs) return ns;
    throw new RecordError(`"${name}" expected a time between 1970 and now`);
  }

  secondsOf(name: string, seconds: bigint | undefined): bigint | undefined {
    const ns = this.timeNs(name, seconds && seconds * SECOND_NS);
    return ns === undefined ? undefined : ns / SECOND_NS;
  }

  #header({ place, placed, blockHeight }: Heard): ObservationHeader {
    const { chain, nodeId, source, file, nowNs } = this.#origin;
    const { atNs, isStated, notBeforeNs, notAfterNs } = placed;
    return {
      chain,
      nodeId,
      source,
      happenedAtNs: atNs,
      timeBasis: isStated ? 'source' : 'interpolated',
      ...(notBeforeNs !== undefined && { notBeforeNs }),
      ...(notAfterNs !== undefined && { notAfterNs }),
      ...(blockHeight !== undefined && { blockHeight }),
      recordedAtNs: nowNs,
      evidence: `${file} ${place}`,
      key: place,
    };
  }
}
