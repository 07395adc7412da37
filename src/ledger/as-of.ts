/**
 * Moments (DESIGN §9) as cuts of single streams. Time, height and commitment cut what happened;
 * position and revision cut what was known; `knownAt` filters by what was known beside any of them.
 */
import { timeNsOf } from '../schema/time.ts';
import type { EventBody, LocalStore, StreamHead } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';
import { HeightCuts } from './height-cuts.ts';
import { ALL_AT_ONCE, type LastHappened } from './logical-order.ts';
import { type Moment, type Query, QuestionError } from './query.ts';
import { parseStream, type StreamName } from './streams.ts';
import type { Cut } from './view.ts';

/** One question's moment, asked of many streams: what it means for a node is looked up once. */
export class MomentCuts {
  readonly #store: LocalStore;
  readonly #query: Query;
  readonly #heights: HeightCuts;

  constructor(store: LocalStore, query: Query) {
    this.#store = store;
    this.#query = query;
    const knownBy = (stream: string) => this.#knownBy(stream);
    const { nodeId, at } = query;
    this.#heights = new HeightCuts(store, { nodeId, knownBy, height: heightOf(at) });
  }

  /** The time at which a node's blocks end a height; undefined where they do not tell it exactly. */
  endOfHeight(nodeId: string): bigint | undefined {
    return this.#heights.exactEnd(nodeId);
  }

  /** True when the question is about the stream at all. */
  isAsked(stream: string): boolean {
    const { nodeId, source } = this.#query;
    if (nodeId === undefined && source === undefined) return true;
    const name = parseStream(stream);
    // Gossip is nobody's in particular: its tellers are the signers.
    if (name === undefined || name.category === 'gossip') return true;
    return (
      (nodeId === undefined || name.nodeId === nodeId) &&
      (source === undefined || name.source === source)
    );
  }

  /** The events of the stream that belong to the moment; undefined where there are none. */
  cutOf({ stream, revision: newest }: StreamHead): Cut | undefined {
    const { at } = this.#query;
    const revision = Math.min(newest, this.#knownBy(stream));
    switch (at?.kind) {
      case undefined:
        return { revision };
      case 'position':
        return {
          revision: Math.min(revision, this.#store.revisionAtPosition(stream, at.position)),
        };
      case 'revision':
        channelStream(stream, at);
        return { revision: Math.min(revision, at.revision) };
      case 'time':
        return { revision, happened: { timeNs: at.timeNs, revision: ALL_AT_ONCE } };
      case 'height':
        return this.#heights.cutOf(stream, revision);
      case 'commitment': {
        const happened = this.#afterCommitment(stream, at);
        return happened && { revision, happened };
      }
    }
  }

  #knownBy(stream: string): number {
    const { knownAtNs } = this.#query;
    return knownAtNs === undefined
      ? Number.MAX_SAFE_INTEGER
      : this.#store.revisionRecordedBy(stream, knownAtNs);
  }

  /** Right after the commitment; for a teller that does not tell it, at the time another one does. */
  #afterCommitment(stream: string, moment: CommitmentMoment): LastHappened | undefined {
    const { nodeId, subjectId } = channelStream(stream, moment);
    const own = lastWithCommitment(this.#store, stream, moment);
    if (own !== undefined) return own;
    const others = this.#store
      .streamNames(`channel-${nodeId}.${subjectId}.`)
      .flatMap((other) => lastWithCommitment(this.#store, other, moment) ?? []);
    const [first] = others.sort((a, b) => (a.timeNs < b.timeNs ? -1 : 1));
    return first && { timeNs: first.timeNs, revision: ALL_AT_ONCE };
  }
}

function heightOf(at: Moment | undefined): number {
  return at?.kind === 'height' ? at.height : 0;
}

type CommitmentMoment = Extract<Moment, { readonly kind: 'commitment' }>;

function channelStream(stream: string, { kind }: Moment): StreamName {
  const name = parseStream(stream);
  if (name?.category === 'channel') return name;
  throw new QuestionError('wrong', `a ${kind} is a moment of one channel: name the channel`);
}

/**
 * The same moment for what stands beside one channel's stream (its gossip, its node): a revision is
 * the position it was recorded at, a commitment the time it took effect. Undefined: it has neither.
 */
export function momentBeside(
  store: LocalStore,
  stream: string,
  moment: Moment,
): Moment | undefined {
  if (moment.kind === 'revision') {
    const { revision } = moment;
    for (const { position } of store.streamBodies(stream, { fromRevision: revision })) {
      return { kind: 'position', position };
    }
    const newest = store.streamHead(stream)?.position;
    return newest === undefined ? undefined : { kind: 'position', position: newest };
  }
  if (moment.kind !== 'commitment') return moment;
  const last = lastWithCommitment(store, stream, moment);
  return last && { kind: 'time', timeNs: last.timeNs };
}

const COMMITMENT_TYPES = ['CommitmentUpdated', 'ChannelOpened', 'ChannelAdopted'];

/** With candidate fundings a number has several commitments, signed together: the last of them. */
function lastWithCommitment(
  store: LocalStore,
  stream: string,
  moment: CommitmentMoment,
): LastHappened | undefined {
  let last: LastHappened | undefined;
  for (const event of store.streamBodies(stream, { types: COMMITMENT_TYPES })) {
    if (!hasCommitment(event, moment)) continue;
    const timeNs = timeNsOf(happenedAtOf(event.metadata));
    const isLast = last === undefined || timeNs >= last.timeNs;
    // An opening tells commitment 0 of both ends; its own record says more.
    if (isLast) last = { timeNs, revision: event.revision };
  }
  return last;
}

interface AdoptedCommitments {
  readonly localCommitment?: { readonly number: number };
  readonly remoteCommitment?: { readonly number: number };
}

function hasCommitment({ type, data }: EventBody, { side, number }: CommitmentMoment): boolean {
  if (type === 'ChannelOpened') return number === 0;
  if (type === 'ChannelAdopted') {
    const adopted = JSON.parse(data) as AdoptedCommitments;
    return adopted[`${side}Commitment`]?.number === number;
  }
  // Canonical text: its fields come in the schema's order, and the number is its second one.
  return data.startsWith(`{"side":"${side}","number":${number},`);
}
