/**
 * The parts of a wallet that are read, as Electrum 4.0 to 4.6 stores them (electrum/lnchannel.py,
 * lnhtlc.py, lnutil.py and wallet_db.py). A field that is not named here is left alone.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { mismatchText } from '../../schema/mismatch.ts';

const HexOf = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${bytes * 2}}$` });
const Whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Above 2^53 JSON's numbers are rounded: such a limit is no limit. */
const Limit = Type.Number({ minimum: 0 });
const OrNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const PublicKey = Type.Object({ pubkey: Type.String({ pattern: '^0[23][0-9a-f]{64}$' }) });
const TableOf = <S extends TSchema>(schema: S) => Type.Record(Type.String(), schema);

/** Whose commitment a change holds from: `1` is ours, `-1` the peer's. */
const Numbers = Type.Object({ '1': OrNull(Whole), '-1': OrNull(Whole) });
/** Amount, payment hash, expiry, id, and when it was offered (seconds since 1970). */
const Add = Type.Tuple([Whole, HexOf(32), Whole, Whole, OrNull(Whole)]);
const FeeUpdate = Type.Object({
  rate: Whole,
  ctn_local: OrNull(Whole),
  ctn_remote: OrNull(Whole),
});

const SideLog = Type.Object({
  adds: TableOf(Add),
  locked_in: TableOf(Numbers),
  settles: TableOf(Numbers),
  fails: TableOf(Numbers),
  fee_updates: TableOf(FeeUpdate),
  next_htlc_id: Whole,
  /** Of the oldest commitment that is not revoked; -1 before the funding is signed. */
  ctn: Type.Integer({ minimum: -1, maximum: 2 ** 48 - 2 }),
  revack_pending: Type.Boolean(),
});
export type SideLog = Readonly<Static<typeof SideLog>>;

const ConfigFields = {
  initial_msat: Whole,
  dust_limit_sat: Whole,
  reserve_sat: Whole,
  max_htlc_value_in_flight_msat: Limit,
  htlc_minimum_msat: Whole,
  max_accepted_htlcs: Whole,
  to_self_delay: Whole,
  multisig_key: PublicKey,
  revocation_basepoint: PublicKey,
  payment_basepoint: PublicKey,
  delayed_basepoint: PublicKey,
  htlc_basepoint: PublicKey,
};
const LocalConfig = Type.Object({
  ...ConfigFields,
  per_commitment_secret_seed: HexOf(32),
  current_commitment_signature: OrNull(Type.String({ pattern: '^(?:[0-9a-f]{128})?$' })),
  current_htlc_signatures: OrNull(Type.String({ pattern: '^(?:[0-9a-f]{128})*$' })),
  funding_locked_received: Type.Boolean(),
});
const RemoteConfig = Type.Object({
  ...ConfigFields,
  current_per_commitment_point: OrNull(HexOf(33)),
  next_per_commitment_point: OrNull(HexOf(33)),
});
export type Config = Readonly<Static<typeof LocalConfig> | Static<typeof RemoteConfig>>;

/** Transaction, height (0 or less: in no block), block time. */
const Height = Type.Tuple([HexOf(32), Type.Integer(), OrNull(Whole)]);
const Scid = Type.String({ pattern: '^[0-9a-f]{16}$' });

export const WalletChannel = Type.Object({
  channel_id: HexOf(32),
  node_id: Type.String({ pattern: '^0[23][0-9a-f]{64}$' }),
  funding_outpoint: Type.Object({
    txid: HexOf(32),
    output_index: Type.Integer({ minimum: 0, maximum: 0xffff }),
  }),
  channel_type: Type.Optional(OrNull(Whole)),
  constraints: Type.Object({
    capacity: Whole,
    is_initiator: Type.Boolean(),
    flags: Type.Optional(Whole),
  }),
  local_config: LocalConfig,
  remote_config: RemoteConfig,
  log: Type.Object({ '1': SideLog, '-1': SideLog }),
  revocation_store: Type.Object({ buckets: TableOf(OrNull(Type.Tuple([HexOf(32), Whole]))) }),
  state: Type.String(),
  short_channel_id: Type.Optional(OrNull(Scid)),
  alias: Type.Optional(OrNull(Scid)),
  local_scid_alias: Type.Optional(OrNull(Scid)),
  funding_height: Type.Optional(OrNull(Height)),
  closing_height: Type.Optional(OrNull(Height)),
  remote_update: Type.Optional(OrNull(Type.String({ pattern: '^(?:[0-9a-f]{2})*$' }))),
});
export type WalletChannel = Readonly<Static<typeof WalletChannel>>;

const channelCheck = Compile(WalletChannel);

/** The channel, or why it is none: the field and never its value. */
export function channelOf(value: unknown): WalletChannel | string {
  if (channelCheck.Check(value)) return value;
  return mismatchText(WalletChannel, value, channelCheck.Errors(value));
}
