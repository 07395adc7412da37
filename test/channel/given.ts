/** given(facts).when(fact).then(events): decisions on a channel, read as sentences. */
import { equal } from 'uvu/assert';
import { decide } from '../../src/channel/decide.ts';
import type { ChannelDraft } from '../../src/channel/events.ts';
import type { ChannelContext, ChannelFact, HtlcSeen } from '../../src/channel/observations.ts';
import { type ChannelState, newChannel } from '../../src/channel/state.ts';
import { ChannelId, NodeId, Outpoint } from '../../src/lightning/ids.ts';

export const fundingTxid = '11'.repeat(32);
export const fundingOutpoint = Outpoint(`${fundingTxid}:0`);
export const channelId = ChannelId('11'.repeat(32));
export const peerId = NodeId(`02${'aa'.repeat(32)}`);
export const nodeId = NodeId(`03${'bb'.repeat(32)}`);
export const blockHash = '22'.repeat(32);

/** 1,000,000 sat, opened by us, 200,000 sat pushed, BOLT 3 legacy fees at 253 sat/kw. */
export const opened = {
  type: 'ChannelOpened',
  data: {
    channelId,
    fundingOutpoint,
    peerId,
    opener: 'local',
    capacitySat: 1_000_000n,
    pushMsat: 200_000_000n,
    channelType: 'static_remotekey',
    isPrivate: false,
    local: { dustLimitSat: 354n, csvDelayBlocks: 144 },
    remote: { dustLimitSat: 354n, csvDelayBlocks: 144 },
    feeratePerKw: 253,
  },
} satisfies ChannelFact;

export function htlc(direction: 'offered' | 'received', id: number, amountMsat: bigint): HtlcSeen {
  return { id, direction, amountMsat, cltvExpiry: 500 };
}

/** What a channel begins with whose opening was not recorded, and of which only this is known. */
export function adoption(context: ChannelContext): ChannelDraft {
  const why = 'the opening was not recorded';
  return {
    type: 'ChannelAdopted',
    data: { channelId, ...context, local: {}, remote: {}, htlcs: [], why },
  };
}

type CommitmentFact = Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>;

export function commitment(
  side: 'local' | 'remote',
  number: number,
  rest: Partial<CommitmentFact['data']> = {},
): CommitmentFact {
  const data = {
    side,
    number,
    fundingOutpoint,
    feeratePerKw: 253,
    htlcs: [],
    removed: [],
    ...rest,
  };
  return { type: 'CommitmentSeen', data };
}

export function revoked(side: 'local' | 'remote', number: number): ChannelFact {
  return { type: 'CommitmentRevoked', data: { side, number } };
}

/** The state after these facts; each must be accepted. */
export function stateAfter(facts: readonly ChannelFact[], context?: ChannelContext): ChannelState {
  return facts.reduce((state, fact) => {
    const decision = decide(state, { channelId, fact, ...(context && { context }) });
    if (decision.kind !== 'events') {
      throw new Error(`given ${fact.type}: ${JSON.stringify(decision)}`);
    }
    return decision.state;
  }, newChannel);
}

export function given(facts: readonly ChannelFact[], context?: ChannelContext) {
  const state = stateAfter(facts, context);
  return {
    when(fact: ChannelFact) {
      const decision = decide(state, { channelId, fact, ...(context && { context }) });
      return {
        then(events: readonly ChannelDraft[]) {
          equal(decision.kind === 'events' ? decision.events : decision, events);
        },
        thenNothing() {
          equal(decision.kind === 'events' ? decision.events : decision, []);
        },
        thenRefused(rule: string, detail: string) {
          equal(decision, { kind: 'refused', violation: { rule, detail } });
        },
        thenPast() {
          equal(decision, { kind: 'past' });
        },
      };
    },
  };
}
