/** A recording node as one source tells it: forwards, payments, blocks, quarantine. */
import type { Aggregate, Decision } from '../schema/aggregate.ts';
import type { NodeDraft, NodeEvent } from './events.ts';

export interface NodeState {
  readonly blockHash?: string;
  readonly feeratePerKw: Readonly<Record<string, number>>;
  /** Observations in quarantine now. */
  readonly quarantined: ReadonlySet<string>;
  /** The newest forwards: events delivered again after a restart are known by them. */
  readonly recentForwards: readonly string[];
  readonly recentPayments: readonly string[];
  readonly isRecording: boolean;
}

const initial: NodeState = {
  feeratePerKw: {},
  quarantined: new Set(),
  recentForwards: [],
  recentPayments: [],
  isRecording: false,
};

/** LDK and lnd deliver again what was not acknowledged: far fewer than this. */
const REMEMBERED = 128;

export const nodeAggregate: Aggregate<
  NodeState,
  NodeEvent,
  NodeDraft,
  { readonly fact: NodeDraft }
> = { initial, evolve, check: () => undefined, decide };

function evolve(state: NodeState, event: NodeEvent): NodeState {
  switch (event.type) {
    case 'BestBlockChanged':
      return { ...state, blockHash: event.data.blockHash };
    case 'FeerateEstimated': {
      const { target, feeratePerKw } = event.data;
      return { ...state, feeratePerKw: { ...state.feeratePerKw, [target]: feeratePerKw } };
    }
    case 'ObservationQuarantined':
      return {
        ...state,
        quarantined: new Set(state.quarantined).add(event.data.observationId),
      };
    case 'QuarantineReleased': {
      const quarantined = new Set(state.quarantined);
      quarantined.delete(event.data.observationId);
      return { ...state, quarantined };
    }
    case 'RecordingStarted':
      return { ...state, isRecording: true };
    case 'RecordingStopped':
      return { ...state, isRecording: false };
    case 'PaymentForwarded':
    case 'ForwardFailed':
      return { ...state, recentForwards: remembered(state.recentForwards, forwardKey(event)) };
    case 'PaymentSent':
    case 'PaymentReceived':
      return { ...state, recentPayments: remembered(state.recentPayments, paymentKey(event)) };
    case 'PaymentFailed':
      return state;
  }
}

function remembered(recent: readonly string[], key: string | undefined): readonly string[] {
  return key === undefined ? recent : [...recent.slice(1 - REMEMBERED), key];
}

type Forward = Extract<NodeEvent, { readonly type: 'PaymentForwarded' | 'ForwardFailed' }>;
type Payment = Extract<NodeEvent, { readonly type: 'PaymentSent' | 'PaymentReceived' }>;

/** Only the HTLC's id names a forward: equal amounts between equal channels are several forwards. */
function forwardKey({ type, data }: Forward): string | undefined {
  const { incomingChannelId, incomingHtlcId } = data;
  return incomingHtlcId === undefined
    ? undefined
    : `${type}/${incomingChannelId}/${incomingHtlcId}`;
}

function paymentKey({ type, data }: Payment): string | undefined {
  return data.paymentLink && `${type}/${data.paymentLink}`;
}

function decide(
  state: NodeState,
  { fact }: { readonly fact: NodeDraft },
): Decision<NodeState, NodeDraft> {
  const events = isKnown(state, fact) ? [] : [fact];
  return { kind: 'events', events, state: events.reduce(evolve, state) };
}

function isKnown(state: NodeState, fact: NodeDraft): boolean {
  switch (fact.type) {
    case 'BestBlockChanged':
      return state.blockHash === fact.data.blockHash;
    case 'FeerateEstimated':
      return state.feeratePerKw[fact.data.target] === fact.data.feeratePerKw;
    case 'ObservationQuarantined':
      return state.quarantined.has(fact.data.observationId);
    case 'QuarantineReleased':
      return !state.quarantined.has(fact.data.observationId);
    case 'PaymentForwarded':
    case 'ForwardFailed': {
      const key = forwardKey(fact);
      return key !== undefined && state.recentForwards.includes(key);
    }
    case 'PaymentSent':
    case 'PaymentReceived': {
      const key = paymentKey(fact);
      return key !== undefined && state.recentPayments.includes(key);
    }
    default:
      return false;
  }
}
