/**
 * Every stream replayed in logical order: each event held to the invariants in the state before it,
 * and to what its sealed fields and signed messages prove.
 */
import { isRemembered } from '../../channel/broadcasts.ts';
import { type RuleUse, ruleUses } from '../../channel/checkable.ts';
import type { ChannelEvent } from '../../channel/events.ts';
import { channelRules } from '../../channel/rules.ts';
import type { ChannelState } from '../../channel/state.ts';
import type { GossipEvent } from '../../gossip/events.ts';
import type { GossipState } from '../../gossip/gossip.ts';
import type { NodeId } from '../../lightning/ids.ts';
import type { NodeEvent } from '../../node/events.ts';
import { type LocalStore, StoreError } from '../../store/event-store.ts';
import { aggregates } from '../aggregates.ts';
import { mayRepeat, mayReturn } from '../repeatable.ts';
import type { KeyLookup } from '../sealing.ts';
import { decodeEvent, type LedgerEvent, type LedgerFact } from '../stored-event.ts';
import { parseStream, type StreamName } from '../streams.ts';
import { DAMAGED, placeOf } from './bytes.ts';
import { ChannelProofs } from './channel-proof.ts';
import { FORWARD_RULE, ForwardChecks } from './forwards.ts';
import { logicalEvents } from './logical-events.ts';
import type { Pace } from './pace.ts';
import type { PointQueue } from './point-queue.ts';
import type { ProofQueue } from './proof-queue.ts';
import { type ChannelProof, ChannelTally } from './proof-report.ts';
import type { Findings, Place } from './report.ts';
import { openFields, SEALED_RULE } from './sealed-fields.ts';
import { ChannelSecrets, secretRules } from './secrets.ts';
import { StreamSignatures, signatureRules } from './signatures.ts';
import { statesSum } from './sums.ts';

const REPLAY_RULE = 'stream-replays';
const ID_RULE = 'id-once';

export const replayRules = [
  REPLAY_RULE,
  ID_RULE,
  ...Object.keys(channelRules),
  FORWARD_RULE,
  SEALED_RULE,
  ...secretRules,
  ...signatureRules,
];

export interface ReplayOptions {
  readonly store: LocalStore;
  readonly keys: KeyLookup;
  readonly findings: Findings;
  readonly queue: PointQueue;
  readonly proofs: ProofQueue;
  /** Commitments and closes are to be proved too. */
  readonly isProving: boolean;
  readonly pace: Pace;
  /** What is appended meanwhile is left out. */
  readonly toPosition: number;
}

export class ReplayPass {
  readonly #options: ReplayOptions;
  readonly #proved: ChannelTally[] = [];
  readonly #forwards: ForwardChecks;
  /** Streams that replay and state a sum, or what makes one up. */
  readonly statingSums = new Set<string>();

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#forwards = new ForwardChecks(options.findings);
  }

  /** Of every channel that there was something to prove of; complete once the queue of proofs is finished. */
  channelProofs(): readonly ChannelProof[] {
    return this.#proved.filter((tally) => tally.hasAny).map((tally) => tally.report());
  }

  /** Replays one stream; `whyNot` where its bytes do not allow it. */
  async take(stream: string, whyNot: string | undefined): Promise<void> {
    const { findings, store, pace, queue, proofs, isProving, toPosition } = this.#options;
    const name = parseStream(stream);
    if (whyNot !== undefined || name === undefined) {
      findings.notCheckable(REPLAY_RULE, whyNot ?? 'it is no stream of this version');
      if (isProving && name?.category === 'channel') {
        const tally = new ChannelTally(stream, name);
        tally.notChecked = whyNot;
        this.#proved.push(tally);
      }
      return;
    }
    const replay = new StreamReplay(stream, name, this.#options, this.#forwards);
    if (replay.proofs !== undefined) this.#proved.push(replay.proofs.tally);
    try {
      for (const stored of logicalEvents(store, stream, toPosition)) {
        replay.take(decodeEvent(stored));
        if (pace.step()) await pace.rest();
        await queue.advance();
        await proofs.advance();
      }
      replay.finish();
      if (replay.hasStatedSum) this.statingSums.add(stream);
      findings.kept(REPLAY_RULE);
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      findings.broken(REPLAY_RULE, { position: 0, where: stream }, cause.message);
      if (replay.proofs !== undefined) replay.proofs.tally.notChecked = DAMAGED;
    }
  }
}

class StreamReplay {
  readonly #name: StreamName;
  readonly #findings: Findings;
  readonly #keys: KeyLookup;
  readonly #secrets: ChannelSecrets;
  readonly #signatures: StreamSignatures;
  readonly #forwards: ForwardChecks;
  readonly proofs: ChannelProofs | undefined;
  hasStatedSum = false;
  readonly #ids = new Set<string>();
  #state: unknown;

  constructor(
    stream: string,
    name: StreamName,
    { findings, keys, queue, proofs, isProving }: ReplayOptions,
    forwards: ForwardChecks,
  ) {
    this.#name = name;
    this.#forwards = forwards;
    this.#findings = findings;
    this.#keys = keys;
    this.#secrets = new ChannelSecrets(findings, queue);
    this.#signatures = new StreamSignatures(findings, proofs);
    if (isProving && name.category === 'channel') {
      this.proofs = new ChannelProofs(stream, name, findings, proofs);
    }
    this.#state = aggregates[name.category].initial;
  }

  take(event: LedgerEvent): void {
    const place = placeOf(event, event.stream);
    this.#checkId(event, place);
    const opened = openFields(this.#findings, this.#keys, event, place);
    const { fact } = event;
    if (fact === undefined) return;
    const { category } = this.#name;
    this.hasStatedSum ||= statesSum(fact);
    this.#checkRules(fact, place);
    this.#state = aggregates[category].evolve(this.#state, fact);
    this.#signatures.take(fact, this.#signers(), place);
    const { nodeId, subjectId } = this.#name;
    if (category === 'node') this.#forwards.takeNode(nodeId, fact as NodeEvent, place);
    if (category !== 'channel') return;
    this.#forwards.takeChannel(nodeId, subjectId, fact as ChannelEvent);
    this.#secrets.take(fact as ChannelEvent, opened, place);
    this.proofs?.take(fact as ChannelEvent, this.#state as ChannelState, opened, place);
  }

  #checkId({ id, type, fact }: LedgerEvent, place: Place): void {
    if (mayRepeat.has(type) || mayReturn.has(type)) return;
    // Of many broadcasts the oldest are forgotten, and recorded again where they are told again.
    const isForgotten =
      fact?.type === 'TransactionBroadcast' &&
      !isRemembered((this.#state as ChannelState).broadcasts, fact.data);
    const isRepeated = this.#ids.has(id) && !isForgotten;
    this.#ids.add(id);
    this.#findings.judge(
      ID_RULE,
      place,
      isRepeated ? `${type} with the id of another event` : undefined,
    );
  }

  finish(): void {
    this.#secrets.finish();
    this.proofs?.finish();
    this.#signatures.finish();
  }

  #checkRules(fact: LedgerFact, place: Place): void {
    const violation = aggregates[this.#name.category].check(this.#state, fact);
    for (const { rule, whyNot } of this.#uses(fact)) {
      if (rule === violation?.rule) continue;
      if (whyNot === undefined) this.#findings.kept(rule);
      else this.#findings.notCheckable(rule, whyNot);
    }
    if (violation !== undefined) this.#findings.broken(violation.rule, place, violation.detail);
  }

  #uses(fact: LedgerFact): readonly RuleUse[] {
    switch (this.#name.category) {
      case 'channel':
        return ruleUses(this.#state as ChannelState, fact as ChannelEvent);
      case 'gossip':
        return gossipUses(this.#state as GossipState, fact as GossipEvent);
      default:
        return [];
    }
  }

  #signers() {
    const { category, nodeId, subjectId } = this.#name;
    const remote =
      category === 'channel' ? (this.#state as ChannelState).peerId : (subjectId as NodeId);
    return { local: nodeId as NodeId, remote };
  }
}

function gossipUses(state: GossipState, event: GossipEvent): readonly RuleUse[] {
  if (event.type !== 'PublicFeePolicyChanged') return [];
  const isFirst = state.policies[event.data.direction] === undefined;
  const whyNot = isFirst ? 'it is the first of its side' : undefined;
  return [{ rule: 'policy-is-newer', whyNot }];
}
