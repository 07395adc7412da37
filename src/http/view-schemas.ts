/** The answers as JSON spells them: amounts are decimal strings, and what is not known is absent. */
import Type, { type TProperties, type TSchema } from 'typebox';
import { ChannelRow, CloseRow, PolicyRow } from '../../projections/channel-row.ts';
import { bases } from '../ledger/forensics/parts.ts';
import { causes } from '../ledger/forensics/verdict.ts';
import {
  ChannelIdField,
  Count,
  Flag,
  Hex,
  ListOf,
  Maybe,
  Msat,
  MsatDelta,
  NodeIdField,
  OneOf,
  OutsideText,
  Sat,
  Time,
  TxidField,
} from '../schema/fields.ts';
import { TimeBasis } from '../schema/metadata.ts';
import { TimeBounds } from '../schema/time-bounds.ts';
import { Forward } from './forward-schemas.ts';

/** Later versions may say more: a reader passes over what it does not know. */
const view = <P extends TProperties>(properties: P) => Type.Object(properties);

const { source: _ofOneTeller, repeatCount: _merged, ...mergedRow } = ChannelRow.properties;

const Bounds = Maybe(TimeBounds);

const lifetimeFields = {
  sentMsat: Msat,
  isSentAtLeast: Flag,
  receivedMsat: Msat,
  isReceivedAtLeast: Flag,
  forwardedMsat: Msat,
  feesEarnedMsat: MsatDelta,
  isForwardedAtLeast: Flag,
  forwardedCount: Count,
};

const channelFields = {
  ...mergedRow,
  sources: ListOf(OutsideText),
  lifetime: view(lifetimeFields),
  htlcs: Maybe(mergedRow.htlcs),
  pendingOfferedMsat: Maybe(Msat),
  pendingReceivedMsat: Maybe(Msat),
  pendingHtlcCount: Maybe(Count),
  peerAlias: Maybe(OutsideText),
  forwardedInMsat: Msat,
  forwardedInCount: Count,
  isUntoldThen: Maybe(Flag),
  isOnlyPlaced: Maybe(
    Type.Boolean({
      description: 'the state may be of a later time: its last fact was only placed',
    }),
  ),
  isForwardedInAtLeast: Maybe(Flag),
};
const rebalanceFees = {
  rebalanceFeesMsat: Maybe(MsatDelta),
  isRebalanceFeesAtLeast: Maybe(Flag),
};

export const Channel = view(channelFields);
export const ChannelWithFees = view({ ...channelFields, ...rebalanceFees });
export const ClosedWithFees = view({ ...channelFields, ...rebalanceFees, close: CloseRow });

export const Peer = view({
  nodeId: NodeIdField,
  peerId: NodeIdField,
  alias: Maybe(OutsideText),
  features: Maybe(OutsideText),
  isConnected: Maybe(Flag),
  wasConnected: Maybe(Flag),
  connectionKnownAt: Maybe(Time),
  connectionKnownAtBounds: Bounds,
  lastSeenAt: Maybe(Time),
  lastSeenAtBounds: Bounds,
  firstSeenAt: Maybe(Time),
  connectedPpm: Maybe(Count),
  connectionCount: Count,
  openChannelCount: Count,
  closedChannelCount: Count,
  capacitySat: Maybe(Sat),
  localBalanceMsat: Maybe(Msat),
  remoteBalanceMsat: Maybe(Msat),
  isCapacityAtLeast: Flag,
  isBalanceAtLeast: Flag,
  ...lifetimeFields,
  refusedOpenCount: Count,
});

export const FeeChange = view({
  nodeId: NodeIdField,
  channelId: ChannelIdField,
  side: OneOf('local', 'remote'),
  at: Time,
  atBounds: Bounds,
  from: Maybe(PolicyRow),
  to: PolicyRow,
  cause: Maybe(OutsideText),
  eventId: Type.String(),
});

export const BalanceAt = view({ at: Time, localBalanceMsat: Msat, remoteBalanceMsat: Msat });

export const Account = view({
  channel: Channel,
  peer: Maybe(Peer),
  feeChanges: ListOf(FeeChange),
  forwards: ListOf(Forward),
  balances: ListOf(BalanceAt),
});

const fieldsOfAnEvent = Type.Record(Type.String(), Type.Unknown());

export const Entry = view({
  at: Time,
  timeBasis: TimeBasis,
  atBounds: Bounds,
  recordedAt: Time,
  stream: Type.String(),
  revision: Count,
  position: Count,
  eventId: Type.String(),
  type: Type.String(),
  data: fieldsOfAnEvent,
  sealed: Maybe(
    view({
      state: OneOf('sealed', 'open', 'no-key', 'purged', 'damaged'),
      fields: Maybe(fieldsOfAnEvent),
    }),
  ),
  changes: ListOf(
    view({ field: Type.String(), from: Maybe(Type.Unknown()), to: Maybe(Type.Unknown()) }),
  ),
});

export const HistoryPage = view({
  entries: ListOf(Entry),
  /** Asks for the entries after these; absent at the end. */
  next: Maybe(Type.String()),
});

export const problemKinds = [
  'quarantine',
  'gap',
  'unexplained',
  'tellers-differ',
  'ends-differ',
  'bad-secret',
  'not-checked',
] as const;

export const ProblemFound = view({
  kind: OneOf(...problemKinds),
  rule: Type.String(),
  subject: Type.String(),
  channelId: Maybe(Type.String()),
  nodeId: Maybe(Type.String()),
  count: Count,
  firstAt: Time,
  firstAtBounds: Bounds,
  lastAt: Time,
  lastAtBounds: Bounds,
  detail: Type.String(),
  sides: Maybe(ListOf(view({ who: Type.String(), says: Type.String() }))),
  whatToDo: Type.String(),
});

export const Wanted = view({
  nodeId: NodeIdField,
  channelId: ChannelIdField,
  why: OneOf('funding', 'close', 'claim'),
  what: OneOf('transaction', 'block'),
  txid: Maybe(TxidField),
  height: Maybe(Count),
});

export const Stats = view({
  head: Hex(32),
  events: Count,
  streams: Count,
  eventsByType: Type.Record(Type.String(), Count),
  textBytesPerEvent: Count,
  fileBytesPerEvent: Maybe(Count),
  lastCheckpoint: Maybe(Type.String()),
  snapshots: view({ count: Count, bytes: Count }),
  cache: view({ rows: Count, bytes: Count, waiting: Count }),
});

const Basis = OneOf(...bases);

export const WrittenDossier = view({
  isRedacted: Flag,
  nodeId: Type.String(),
  channelId: Type.String(),
  shortChannelId: Maybe(Type.String()),
  peerId: Maybe(Type.String()),
  verdict: view({
    cause: OneOf(...causes),
    by: OneOf('local', 'remote', 'both', 'unknown'),
    basis: Basis,
    events: ListOf(Type.String()),
  }),
  beganAt: Maybe(Time),
  beganAtBounds: Maybe(TimeBounds),
  beganHeight: Maybe(Count),
  sections: ListOf(
    view({
      title: Type.String(),
      lines: ListOf(view({ text: Type.String(), basis: Basis, events: ListOf(Type.String()) })),
    }),
  ),
});

export const FieldDifference = view({
  field: Type.String(),
  from: Maybe(Type.Unknown()),
  to: Maybe(Type.Unknown()),
  events: ListOf(view({ eventId: Type.String(), type: Type.String(), at: Time })),
});

export const Bisected = view({
  first: Maybe(Entry),
  lookedAtEvery: Type.Boolean({
    description: 'false: a condition that comes and goes may have held before',
  }),
  asked: Count,
  states: Count,
});

export const RawEvent = view({
  checkpoint: Type.String(),
  stream: Type.String(),
  revision: Count,
  position: Count,
  id: Type.String(),
  type: Type.String(),
  data: fieldsOfAnEvent,
  metadata: fieldsOfAnEvent,
  digest: Hex(32),
});

export const VerifyStatus = view({
  state: OneOf('never', 'running', 'done', 'failed'),
  startedAt: Maybe(Time),
  endedAt: Maybe(Time),
  signatures: Maybe(Flag),
  checkpoint: Maybe(Type.String()),
  done: Maybe(Count),
  total: Maybe(Count),
  report: Maybe(
    view({
      isSound: Flag,
      head: Hex(32),
      events: Count,
      streams: Count,
      rules: ListOf(
        view({
          rule: Type.String(),
          checked: Count,
          broken: Count,
          notCheckable: ListOf(view({ why: Type.String(), count: Count })),
        }),
      ),
      broken: ListOf(view({ rule: Type.String(), where: Type.String(), detail: Type.String() })),
      channels: Maybe(ListOf(fieldsOfAnEvent)),
    }),
  ),
  why: Maybe(Type.String()),
});

export const Health = view({ status: OneOf('ok') });
export const Readiness = view({ status: OneOf('ready'), lastCheckpoint: Maybe(Type.String()) });

export const listOf: (items: TSchema) => TSchema = ListOf;
