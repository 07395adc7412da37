/** Groups of fields that several channel events share. */
import type { Static } from 'typebox';
import {
  ChannelIdField,
  Count,
  Fields,
  Hex,
  HexUpTo,
  ListOf,
  Maybe,
  Msat,
  OneOf,
  Sat,
} from '../schema/fields.ts';

/** Always the recording node's view. */
export const SideField = OneOf('local', 'remote');
export type Side = 'local' | 'remote';
export const otherSide = (side: Side): Side => (side === 'local' ? 'remote' : 'local');

/** Offered by the recording node, or received by it. */
export const DirectionField = OneOf('offered', 'received');
export type Direction = 'offered' | 'received';

/** How exact a balance is: derived to the msat, or rebuilt from whole satoshi. */
export const PrecisionField = OneOf('msat', 'sat');

export const ChannelTypeField = OneOf(
  'legacy',
  'static_remotekey',
  'anchors',
  'anchors_zero_fee_htlc_tx',
  'taproot',
  'unknown',
);

/**
 * What one end demands of the other, from open_channel / accept_channel (BOLT 2): its dust limit holds
 * for its own commitment, its `csvDelayBlocks` (`to_self_delay`) for the other's.
 */
export const Terms = Fields({
  dustLimitSat: Maybe(Sat),
  channelReserveSat: Maybe(Sat),
  maxInFlightMsat: Maybe(Msat),
  htlcMinimumMsat: Maybe(Msat),
  maxAcceptedHtlcs: Maybe(Count),
  csvDelayBlocks: Maybe(Count),
  fundingPubkey: Maybe(Hex(33)),
  revocationBasepoint: Maybe(Hex(33)),
  paymentBasepoint: Maybe(Hex(33)),
  delayedPaymentBasepoint: Maybe(Hex(33)),
  htlcBasepoint: Maybe(Hex(33)),
  firstPerCommitmentPoint: Maybe(Hex(33)),
});
export type Terms = Readonly<Static<typeof Terms>>;

/** Where a forwarded HTLC came from. */
export const ForwardOf = Fields({
  channelId: ChannelIdField,
  htlcId: Count,
  amountMsat: Maybe(Msat),
});

/**
 * An HTLC told where no `HtlcAdded` was recorded of it: by an adoption, a snapshot, or a commitment after
 * a gap. Its payment hash is in no such event.
 */
export const HtlcInFull = Fields({
  id: Count,
  direction: DirectionField,
  amountMsat: Msat,
  cltvExpiry: Count,
  paymentLink: Maybe(Hex(16)),
  forwardOf: Maybe(ForwardOf),
});

/** The payment hash of one that is told in full; always sealed. */
export const HtlcHash = Fields({ id: Count, direction: DirectionField, paymentHash: Hex(32) });

/** What a transaction does to the channel. */
export const TransactionPurpose = OneOf(
  'funding',
  'cooperative-close',
  'commitment',
  'htlc',
  'sweep',
  'justice',
  'unknown',
);

/** Bytes; a commitment with 2 × 483 HTLCs (BOLT 2) has fewer. */
export const MAX_RAW_TRANSACTION = 65_535;

/** What a source said of a commitment's balances, as it said it. */
export const StatedBalances = Fields({
  /** Output values: whole sat, 0 below the commitment owner's dust limit. */
  localSat: Maybe(Sat),
  remoteSat: Maybe(Sat),
  feeSat: Maybe(Sat),
});

/** Lifetime sums as a source counts them. */
export const StatedTotals = Fields({
  sentMsat: Maybe(Msat),
  receivedMsat: Maybe(Msat),
  /** Our side's balance at the opening: with it the totals must explain the balance. */
  openingLocalMsat: Maybe(Msat),
});

/** One side's commitment as an adopting recorder first meets it. */
export const CommitmentInFull = Fields({
  number: Count,
  localBalanceMsat: Msat,
  remoteBalanceMsat: Msat,
  precision: PrecisionField,
  feeratePerKw: Maybe(Count),
  offered: ListOf(Count),
  received: ListOf(Count),
});

/**
 * Signatures the peer gave on our commitment, or we on theirs: 64 bytes (r ‖ s), a partial one 32.
 * Those of HTLC transactions in the order of the commitment's outputs (BOLT 2, commitment_signed).
 */
export const CommitmentSignatures = Fields({
  scheme: OneOf('ecdsa', 'musig2-partial'),
  commitment: Maybe(HexUpTo(64)),
  htlcs: ListOf(HexUpTo(64)),
});

export const CloseKind = OneOf(
  'cooperative',
  'local-force',
  'remote-force',
  'breach',
  'funding-cancelled',
  'abandoned',
  'unknown',
);
export const Initiator = OneOf('local', 'remote', 'both', 'unknown');

/** What an output of a closing transaction is. */
export const OutputKind = OneOf(
  'to-local',
  'to-remote',
  'htlc-offered',
  'htlc-received',
  'anchor-local',
  'anchor-remote',
  'cooperative-local',
  'cooperative-remote',
  'unknown',
);
