/** Numbers and stamps what one node's taps say. It outlives the node's restarts, so numbers never repeat. */
import { bytesToHex } from '../../lightning/bytes.ts';
import type { ChannelId, NodeId } from '../../lightning/ids.ts';
import type { NetworkClock } from './clock.ts';
import type { TapBody, TapSink } from './taps.ts';

export class TapRecorder {
  readonly node: NodeId;
  readonly #clock: NetworkClock;
  readonly #sink: TapSink;
  #seq: number;
  #isMuted = false;

  constructor(options: {
    readonly node: NodeId;
    readonly clock: NetworkClock;
    readonly sink: TapSink;
    /** Where an earlier process stopped counting. */
    readonly firstSeq?: number;
  }) {
    this.node = options.node;
    this.#clock = options.clock;
    this.#sink = options.sink;
    this.#seq = options.firstSeq ?? 0;
  }

  get nextSeq(): number {
    return this.#seq;
  }

  /**
   * Records what `decode` makes of these bytes. A tap must not throw (inside `Persist` that would end the
   * node), so bytes that cannot be decoded are recorded as they are.
   */
  recordDecoded(
    what: string,
    raw: Uint8Array,
    decode: () => TapBody,
    channelId: ChannelId | null = null,
  ): void {
    let body: TapBody;
    try {
      body = decode();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      body = { kind: 'undecoded', channelId, what, why, raw: bytesToHex(raw) };
    }
    this.record(body);
  }

  /** Whether LDK is only being looked at now: what it asks or says meanwhile is no news. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** Looks at LDK without a trace: asking for its channels makes it ask for feerates. */
  unrecorded<Answer>(look: () => Answer): Answer {
    this.#isMuted = true;
    try {
      return look();
    } finally {
      this.#isMuted = false;
    }
  }

  record(body: TapBody): void {
    if (this.#isMuted) return;
    const seq = this.#seq;
    this.#seq += 1;
    this.#sink({ node: this.node, seq, at: this.#clock.now(), ...body });
  }
}
