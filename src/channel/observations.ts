/**
 * What a source may say about a channel. Most observations have the fields of the event they become;
 * the three below say less or more than their event, and `decide` works out the rest.
 */
import type { Static } from 'typebox';
import {
  Count,
  Fields,
  Flag,
  Hex,
  HexUpTo,
  ListOf,
  Maybe,
  Msat,
  NodeIdField,
  OneOf,
  OutpointField,
  OutsideText,
  Sat,
  ShortChannelIdField,
  TxidField,
} from '../schema/fields.ts';
import type { ChannelDraft } from './events.ts';
import { channelEvents } from './events.ts';
import {
  ChannelTypeField,
  CommitmentSignatures,
  DirectionField,
  ForwardOf,
  MAX_RAW_TRANSACTION,
  PrecisionField,
  SideField,
  StatedBalances,
  StatedTotals,
  Terms,
} from './fields.ts';

const {
  localBalanceMsat: _l,
  remoteBalanceMsat: _r,
  ...openedFields
} = channelEvents.ChannelOpened.plain.properties;

/** Like the event, without the balances: they follow from capacity, opener and push. */
export const ChannelOpenedSeen = Fields(openedFields);

/** An HTLC as a commitment holds it. The payment hash travels to the event's sealed part unread. */
export const HtlcSeen = Fields({
  id: Count,
  direction: DirectionField,
  amountMsat: Msat,
  cltvExpiry: Count,
  paymentHash: Maybe(Hex(32)),
  paymentLink: Maybe(Hex(16)),
  forwardOf: Maybe(ForwardOf),
});
export type HtlcSeen = Readonly<Static<typeof HtlcSeen>>;

/** How an HTLC ended that this side's previous commitment held and this one does not. */
export const HtlcRemoved = Fields({
  id: Count,
  direction: DirectionField,
  outcome: OneOf('settled', 'failed'),
  preimage: Maybe(Hex(32)),
  failureCode: Maybe(Count),
  failedAt: Maybe(OneOf('local', 'remote', 'downstream', 'unknown')),
  reason: Maybe(OutsideText),
});
export type HtlcRemoved = Readonly<Static<typeof HtlcRemoved>>;

/** A whole commitment: all its HTLCs, not only what changed. */
export const CommitmentSeen = Fields({
  side: SideField,
  number: Count,
  fundingOutpoint: OutpointField,
  feeratePerKw: Maybe(Count),
  htlcs: ListOf(HtlcSeen),
  removed: ListOf(HtlcRemoved),
  stated: Maybe(StatedBalances),
  /** Gross and exact, where the source keeps them so: taken where none can be derived. */
  balances: Maybe(Fields({ localBalanceMsat: Msat, remoteBalanceMsat: Msat })),
  txid: Maybe(TxidField),
  signatures: Maybe(CommitmentSignatures),
  perCommitmentPoint: Maybe(Hex(33)),
  /** Worked out from the secret revealed since, and not told by itself. */
  isPointDerived: Maybe(Flag),
  rawTransaction: Maybe(HexUpTo(MAX_RAW_TRANSACTION)),
});
export type CommitmentSeen = Readonly<Static<typeof CommitmentSeen>>;

/** A snapshot by a source that shows no commitments. Balances are gross (DESIGN §5). */
export const BalanceSeen = Fields({
  localBalanceMsat: Msat,
  remoteBalanceMsat: Msat,
  precision: PrecisionField,
  htlcs: ListOf(HtlcSeen),
  stated: Maybe(StatedBalances),
  totals: Maybe(StatedTotals),
  /** What the source's own lists call the channel by, where that is no place in the chain. */
  alias: Maybe(ShortChannelIdField),
});
export type BalanceSeen = Readonly<Static<typeof BalanceSeen>>;

/**
 * What a live source knows of the channel anyway. It lets the ledger adopt a channel whose opening
 * it was never told, instead of refusing everything that follows.
 */
export const ChannelContext = Fields({
  peerId: Maybe(NodeIdField),
  fundingOutpoint: Maybe(OutpointField),
  capacitySat: Maybe(Sat),
  opener: Maybe(SideField),
  /** What the opener gave away at the opening: with it commitment 0 is known. */
  pushMsat: Maybe(Msat),
  channelType: Maybe(ChannelTypeField),
  isPrivate: Maybe(Flag),
  shortChannelId: Maybe(ShortChannelIdField),
  leaseExpiryHeight: Maybe(Count),
  local: Maybe(Terms),
  remote: Maybe(Terms),
});
export type ChannelContext = Readonly<Static<typeof ChannelContext>>;

type Derived = 'ChannelOpened' | 'CommitmentUpdated' | 'BalanceObserved' | 'ChannelAdopted';

/** Facts that become the event of the same name as they are. */
export type DirectFact = Exclude<ChannelDraft, { readonly type: Derived }>;

export type ChannelFact =
  | {
      readonly type: 'ChannelOpened';
      readonly data: Readonly<Static<typeof ChannelOpenedSeen>>;
      readonly secret?: Extract<ChannelDraft, { readonly type: 'ChannelOpened' }>['secret'];
    }
  | { readonly type: 'CommitmentSeen'; readonly data: CommitmentSeen }
  | { readonly type: 'BalanceSeen'; readonly data: BalanceSeen }
  | DirectFact;
