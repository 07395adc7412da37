/** The records of the lists that lncli prints, as far as they are read (lnd, `lnrpc/lightning.proto`). */
import Type, { type Static } from 'typebox';
import { Flag, formOf, Maybe, OrNull, Text, Whole, Word } from './values.ts';

const Constraints = Type.Object({
  csv_delay: Maybe(Whole),
  chan_reserve_sat: Maybe(Whole),
  dust_limit_sat: Maybe(Whole),
  max_pending_amt_msat: Maybe(Whole),
  min_htlc_msat: Maybe(Whole),
  max_accepted_htlcs: Maybe(Whole),
});
export type Constraints = Static<typeof Constraints>;

const PendingHtlc = Type.Object({
  incoming: Flag,
  amount: Whole,
  hash_lock: Maybe(Text),
  expiration_height: Whole,
  /** From 0.12 on. */
  htlc_index: Maybe(Whole),
});

const OpenChannel = Type.Object({
  remote_pubkey: Text,
  channel_point: Text,
  chan_id: Whole,
  capacity: Whole,
  local_balance: Whole,
  remote_balance: Whole,
  commit_fee: Maybe(Whole),
  unsettled_balance: Maybe(Whole),
  total_satoshis_sent: Maybe(Whole),
  total_satoshis_received: Maybe(Whole),
  num_updates: Maybe(Whole),
  pending_htlcs: OrNull(Type.Array(PendingHtlc)),
  private: Maybe(Flag),
  initiator: Maybe(Flag),
  commitment_type: Maybe(Word),
  static_remote_key: Maybe(Flag),
  push_amount_sat: Maybe(Whole),
  thaw_height: Maybe(Whole),
  local_constraints: OrNull(Constraints),
  remote_constraints: OrNull(Constraints),
  zero_conf: Maybe(Flag),
  zero_conf_confirmed_scid: Maybe(Whole),
  peer_alias: Maybe(Text),
});
export type OpenChannel = Static<typeof OpenChannel>;

const Resolution = Type.Object({
  resolution_type: Word,
  outcome: Word,
  outpoint: Type.Object({ txid_str: Text, output_index: Whole }),
  amount_sat: Whole,
  sweep_txid: Maybe(Text),
});
export type Resolution = Static<typeof Resolution>;

const ClosedChannel = Type.Object({
  channel_point: Text,
  chan_id: Whole,
  closing_tx_hash: Text,
  remote_pubkey: Text,
  capacity: Whole,
  close_height: Whole,
  settled_balance: Maybe(Whole),
  time_locked_balance: Maybe(Whole),
  close_type: Word,
  open_initiator: Maybe(Word),
  close_initiator: Maybe(Word),
  resolutions: OrNull(Type.Array(Resolution)),
  zero_conf_confirmed_scid: Maybe(Whole),
});
export type ClosedChannel = Static<typeof ClosedChannel>;

const PendingChannel = Type.Object({
  channel: Type.Object({
    remote_node_pub: Text,
    channel_point: Text,
    capacity: Whole,
    initiator: Maybe(Word),
    commitment_type: Maybe(Word),
    private: Maybe(Flag),
  }),
  closing_txid: Maybe(Text),
});
export type PendingChannel = Static<typeof PendingChannel>;

const Hop = Type.Object({
  chan_id: Whole,
  pub_key: Maybe(Text),
});
const Attempt = Type.Object({
  status: Word,
  route: OrNull(
    Type.Object({
      total_amt_msat: Maybe(Whole),
      total_amt: Maybe(Whole),
      total_fees_msat: Maybe(Whole),
      hops: OrNull(Type.Array(Hop)),
    }),
  ),
  attempt_time_ns: Maybe(Whole),
  resolve_time_ns: Maybe(Whole),
});
const Payment = Type.Object({
  payment_hash: Text,
  payment_index: Maybe(Whole),
  status: Maybe(Word),
  value_msat: Maybe(Whole),
  value_sat: Maybe(Whole),
  fee_msat: Maybe(Whole),
  fee_sat: Maybe(Whole),
  creation_time_ns: Maybe(Whole),
  creation_date: Maybe(Whole),
  failure_reason: Maybe(Word),
  htlcs: OrNull(Type.Array(Attempt)),
});
export type Payment = Static<typeof Payment>;

const InvoiceHtlc = Type.Object({
  chan_id: Whole,
  htlc_index: Maybe(Whole),
  amt_msat: Whole,
  accept_height: Maybe(Whole),
  accept_time: Maybe(Whole),
  resolve_time: Maybe(Whole),
  state: Word,
  amp: OrNull(Type.Object({ set_id: Maybe(Text) })),
});
const Invoice = Type.Object({
  r_hash: Text,
  add_index: Whole,
  state: Maybe(Word),
  settled: Maybe(Flag),
  settle_date: Maybe(Whole),
  creation_date: Maybe(Whole),
  amt_paid_msat: Maybe(Whole),
  amt_paid_sat: Maybe(Whole),
  is_amp: Maybe(Flag),
  /** By the id of each set of HTLCs. */
  amp_invoice_state: OrNull(
    Type.Record(
      Type.String(),
      Type.Object({
        state: Word,
        settle_time: Maybe(Whole),
        amt_paid_msat: Maybe(Whole),
      }),
    ),
  ),
  htlcs: OrNull(Type.Array(InvoiceHtlc)),
});
export type Invoice = Static<typeof Invoice>;

const Forward = Type.Object({
  timestamp: Maybe(Whole),
  timestamp_ns: Maybe(Whole),
  chan_id_in: Whole,
  chan_id_out: Whole,
  amt_in: Maybe(Whole),
  amt_in_msat: Maybe(Whole),
  amt_out: Maybe(Whole),
  amt_out_msat: Maybe(Whole),
  fee_msat: Maybe(Whole),
  /** From 0.20 on, null for what was forwarded before. */
  incoming_htlc_id: OrNull(Whole),
  outgoing_htlc_id: OrNull(Whole),
});
export type Forward = Static<typeof Forward>;

const Peer = Type.Object({
  pub_key: Text,
  address: Maybe(Text),
  inbound: Maybe(Flag),
  alias: Maybe(Text),
  last_flap_ns: Maybe(Whole),
  features: OrNull(Type.Record(Type.String(), Type.Unknown())),
  errors: OrNull(Type.Array(Type.Object({ timestamp: Whole, error: Text }))),
});
export type Peer = Static<typeof Peer>;

const Policy = Type.Object({
  time_lock_delta: Whole,
  min_htlc: Maybe(Whole),
  fee_base_msat: Whole,
  fee_rate_milli_msat: Whole,
  disabled: Maybe(Flag),
  max_htlc_msat: Maybe(Whole),
  last_update: Maybe(Whole),
  inbound_fee_base_msat: Maybe(Type.Integer()),
  inbound_fee_rate_milli_msat: Maybe(Type.Integer()),
});
export type Policy = Static<typeof Policy>;
const Edge = Type.Object({
  channel_id: Whole,
  chan_point: Text,
  node1_pub: Text,
  node2_pub: Text,
  capacity: Maybe(Whole),
  last_update: Maybe(Whole),
  node1_policy: OrNull(Policy),
  node2_policy: OrNull(Policy),
});
export type Edge = Static<typeof Edge>;

const ChainTransaction = Type.Object({
  tx_hash: Text,
  block_hash: Maybe(Text),
  block_height: Maybe(Whole),
  time_stamp: Maybe(Whole),
});
export type ChainTransaction = Static<typeof ChainTransaction>;

export const forms = {
  openChannel: formOf(OpenChannel),
  closedChannel: formOf(ClosedChannel),
  pendingChannel: formOf(PendingChannel),
  payment: formOf(Payment),
  invoice: formOf(Invoice),
  forward: formOf(Forward),
  peer: formOf(Peer),
  edge: formOf(Edge),
  chainTransaction: formOf(ChainTransaction),
} as const;

/** The kinds of records, by the command that prints them. */
export type RecordKind = keyof typeof forms;

/**
 * What the elements of a list are, by its name; two commands call theirs `channels`, and their elements
 * tell them apart. Other lists are no record of a channel.
 */
export function kindOf(list: string, element: unknown): RecordKind | undefined {
  switch (list) {
    case 'channels':
    case 'closedChannels':
    case 'closed_channels': {
      const isClosed = typeof element === 'object' && element !== null && 'close_type' in element;
      return isClosed ? 'closedChannel' : 'openChannel';
    }
    case 'pending_open_channels':
    case 'pending_closing_channels':
    case 'pending_force_closing_channels':
    case 'waiting_close_channels':
      return 'pendingChannel';
    case 'payments':
      return 'payment';
    case 'invoices':
      return 'invoice';
    case 'forwarding_events':
      return 'forward';
    case 'peers':
      return 'peer';
    case 'edges':
      return 'edge';
    case 'transactions':
      return 'chainTransaction';
    default:
      return undefined;
  }
}

/** Lists of which nothing is read, and why: their elements are counted. */
const UNREAD_LISTS: Readonly<Record<string, string>> = {
  nodes: 'nodes of the public graph: their announcements are not in it with their signatures',
  channel_fees: 'the fee report leaves out the time lock and the limits: describegraph has them',
  utxos: 'outputs of the wallet are outside a channel ledger',
};

export const LISTS: ReadonlySet<string> = new Set([
  'channels',
  'closedChannels',
  'closed_channels',
  'pending_open_channels',
  'pending_closing_channels',
  'pending_force_closing_channels',
  'waiting_close_channels',
  'payments',
  'invoices',
  'forwarding_events',
  'peers',
  'edges',
  'transactions',
  'chains',
]);

export const isUnreadList = (list: string): boolean => Object.hasOwn(UNREAD_LISTS, list);

export function whyUnread(list: string): string {
  return UNREAD_LISTS[list] ?? 'it is no record of a channel';
}
