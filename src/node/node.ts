/** A recording node as one source tells it: forwards, payments, blocks, quarantine. */
import type { Aggregate, Decision } from '../schema/aggregate.ts';
import { isSame } from '../schema/same.ts';
import type { NodeDraft, NodeEvent } from './events.ts';
import { emptyIdSet, hasId, type IdSet, withId, withoutId } from './id-set.ts';
import { RECORD_READABLE, type UndecodedFact } from './observations.ts';

export interface NodeState {
  readonly blockHash?: string;
  readonly feeratePerKw: Readonly<Record<string, number>>;
  /** Ids of the observations in quarantine now. */
  readonly quarantined: IdSet;
  /** The newest forwards: events delivered again after a restart are known by them. */
  readonly recentForwards: readonly Remembered[];
  readonly recentPayments: readonly Remembered[];
  readonly isRecording: boolean;
  readonly isChainNamed: boolean;
}

interface Remembered {
  readonly key: string;
  readonly data: object;
}

const initial: NodeState = {
  feeratePerKw: {},
  quarantined: emptyIdSet,
  recentForwards: [],
  recentPayments: [],
  isRecording: false,
  isChainNamed: false,
};

/** LDK and lnd deliver again what was not acknowledged: far fewer than this. */
const REMEMBERED = 128;

export const nodeAggregate: Aggregate<
  NodeState,
  NodeEvent,
  NodeDraft,
  { readonly fact: NodeDraft | UndecodedFact }
> = { initial, evolve, check: () => undefined, decide };

function evolve(state: NodeState, event: NodeEvent): NodeState {
  switch (event.type) {
    case 'ChainNamed':
      return { ...state, isChainNamed: true };
    case 'BestBlockChanged':
      return { ...state, blockHash: event.data.blockHash };
    case 'FeerateEstimated': {
      const { target, feeratePerKw } = event.data;
      return { ...state, feeratePerKw: { ...state.feeratePerKw, [target]: feeratePerKw } };
    }
    case 'ObservationQuarantined':
      return { ...state, quarantined: withId(state.quarantined, event.data.observationId) };
    case 'QuarantineReleased':
      return { ...state, quarantined: withoutId(state.quarantined, event.data.observationId) };
    case 'RecordingStarted':
      return { ...state, isRecording: true };
    case 'RecordingStopped':
      return { ...state, isRecording: false };
    case 'PaymentForwarded':
    case 'ForwardFailed':
      return {
        ...state,
        recentForwards: remembered(state.recentForwards, event, forwardKey(event)),
      };
    case 'PaymentSent':
    case 'PaymentReceived':
      return {
        ...state,
        recentPayments: remembered(state.recentPayments, event, paymentKey(event)),
      };
    case 'PaymentFailed':
    case 'ListRead':
    case 'BlockDated':
    case 'BlockDisconnected':
      return state;
  }
}

function remembered(
  recent: readonly Remembered[],
  { data }: Forward | Payment,
  key: string | undefined,
): readonly Remembered[] {
  return key === undefined ? recent : [...recent.slice(1 - REMEMBERED), { key, data }];
}

type Forward = Extract<NodeEvent, { readonly type: 'PaymentForwarded' | 'ForwardFailed' }>;
type Payment = Extract<NodeEvent, { readonly type: 'PaymentSent' | 'PaymentReceived' }>;

/** Only the HTLC's id names a forward: equal amounts between equal channels are several forwards. */
function forwardKey({ type, data }: Forward): string | undefined {
  const { incomingChannelId, incomingShortChannelId, incomingHtlcId } = data;
  return incomingHtlcId === undefined
    ? undefined
    : `${type}/${incomingChannelId ?? incomingShortChannelId}/${incomingHtlcId}`;
}

function paymentKey({ type, data }: Payment): string | undefined {
  return data.paymentLink && `${type}/${data.paymentLink}`;
}

function decide(
  state: NodeState,
  { fact }: { readonly fact: NodeDraft | UndecodedFact },
): Decision<NodeState, NodeDraft> {
  if (fact.type === 'RecordUndecoded') {
    return { kind: 'refused', violation: { rule: RECORD_READABLE, detail: undecoded(fact) } };
  }
  const before = toldBefore(state, fact);
  if (before !== undefined && !isRepeated(fact.data, before.data)) {
    const detail = `${fact.type} was recorded before with other values`;
    return { kind: 'refused', violation: { rule: 'fact-restated', detail } };
  }
  const events = before !== undefined || isKnown(state, fact) ? [] : [fact];
  return { kind: 'events', events, state: events.reduce(evolve, state) };
}

function undecoded({ data }: UndecodedFact): string {
  const { what, why, byteCount } = data;
  return `${what}: ${byteCount} bytes that cannot be read: ${why}`;
}

/** Delivered again after a restart, a payment or forward may tell less than it did, but nothing else. */
function isRepeated(again: object, before: object): boolean {
  const recorded = new Map<string, unknown>(Object.entries(before));
  return Object.entries(again).every(([field, value]) => {
    const isUntold = MAY_BE_UNTOLD.has(field) && !recorded.has(field);
    return isUntold || isSame(value, recorded.get(field));
  });
}

/** What one copy of a statement tells and another leaves out: the two do not differ by it. */
export const MAY_BE_UNTOLD: ReadonlySet<string> = new Set(['isClaimedOnChain']);

function toldBefore(state: NodeState, fact: NodeDraft): Remembered | undefined {
  switch (fact.type) {
    case 'PaymentForwarded':
    case 'ForwardFailed':
      return withKey(state.recentForwards, forwardKey(fact));
    case 'PaymentSent':
    case 'PaymentReceived':
      return withKey(state.recentPayments, paymentKey(fact));
    default:
      return undefined;
  }
}

function withKey(recent: readonly Remembered[], key: string | undefined): Remembered | undefined {
  return key === undefined ? undefined : recent.find((one) => one.key === key);
}

function isKnown(state: NodeState, fact: NodeDraft): boolean {
  switch (fact.type) {
    case 'ChainNamed':
      return state.isChainNamed;
    case 'BestBlockChanged':
      return state.blockHash === fact.data.blockHash;
    case 'FeerateEstimated':
      return state.feeratePerKw[fact.data.target] === fact.data.feeratePerKw;
    case 'ObservationQuarantined':
      return hasId(state.quarantined, fact.data.observationId);
    case 'QuarantineReleased':
      return !hasId(state.quarantined, fact.data.observationId);
    default:
      return false;
  }
}
