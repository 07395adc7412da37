/** What the transaction is that spent the funding output: told by its bytes alone (BOLT 3). */
import type { ChannelEventData } from '../../channel/events.ts';
import type { Side } from '../../channel/fields.ts';
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { commitmentNumberOf, looksLikeCommitment } from '../../lightning/closing.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import type { Outpoint } from '../../lightning/ids.ts';
import type { Transaction } from '../../lightning/transaction.ts';
import { fixedScripts } from '../fixed-scripts.ts';
import type { WalletChannel } from './wallet-schema.ts';

type Closed = ChannelEventData<'ChannelClosed'>;
type Output = Closed['outputs'][number];

export interface ClosingContext {
  readonly channel: WalletChannel;
  readonly channelType: ChannelType;
  readonly fundingOutpoint: Outpoint;
  readonly capacitySat: bigint;
  /** The newest commitment of the peer's that is revoked; -1: none. */
  readonly remoteRevoked: number;
  /** Outputs that pay the wallet. */
  readonly own: ReadonlySet<number>;
}

export type Spend = Pick<
  Closed,
  | 'kind'
  | 'initiator'
  | 'commitmentNumber'
  | 'outputs'
  | 'feeSat'
  | 'isFeeDerived'
  | 'settledBalanceSat'
>;

/** Undefined for a transaction that does not spend this funding. */
export function spendOf(context: ClosingContext, transaction: Transaction): Spend | undefined {
  const { inputs, outputs } = transaction;
  const { fundingOutpoint, capacitySat, own } = context;
  if (!inputs.some(({ outpoint }) => outpoint === fundingOutpoint)) return undefined;
  const paidSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  const isAlone = inputs.length === 1 && paidSat <= capacitySat;
  const fee = isAlone ? { feeSat: capacitySat - paidSat, isFeeDerived: true } : {};
  const settledBalanceSat = outputs.reduce(
    (sum, { valueSat }, n) => (own.has(n) ? sum + valueSat : sum),
    0n,
  );
  const told = { ...fee, ...(own.size > 0 && { settledBalanceSat }) };
  if (looksLikeCommitment(transaction)) return { ...forced(context, transaction), ...told };
  return {
    kind: 'cooperative',
    initiator: 'unknown',
    outputs: outputs.map(({ valueSat }, index): Output => {
      const what = own.has(index) ? 'cooperative-local' : 'cooperative-remote';
      return { index, valueSat, what: own.size === 0 ? 'unknown' : what };
    }),
    ...told,
  };
}

/** Whose commitment: its owner's counterpart is paid at once, by a key that stays the same. */
function forced(context: ClosingContext, transaction: Transaction): Spend {
  const { channel, remoteRevoked } = context;
  const ours = hexToBytes(channel.local_config.payment_basepoint.pubkey);
  const theirs = hexToBytes(channel.remote_config.payment_basepoint.pubkey);
  const scripts = fixedScripts({
    channelType: context.channelType,
    local: { paymentBasepoint: bytesToHex(ours) },
    remote: { paymentBasepoint: bytesToHex(theirs) },
  });
  const outputs = transaction.outputs.map(({ valueSat, script }, index): Output => {
    return { index, valueSat, what: scripts.get(bytesToHex(script)) ?? 'unknown' };
  });
  const [open, accept] = channel.constraints.is_initiator ? [ours, theirs] : [theirs, ours];
  const number = Number(commitmentNumberOf(transaction, open, accept) ?? 0n);
  const paid = outputs.map(({ what }) => what);
  const owner: Side | undefined = paid.includes('to-local')
    ? 'remote'
    : paid.includes('to-remote')
      ? 'local'
      : undefined;
  if (owner === undefined) {
    return { kind: 'unknown', initiator: 'unknown', commitmentNumber: number, outputs };
  }
  const isBreach = owner === 'remote' && number <= remoteRevoked;
  const kind = isBreach ? 'breach' : (`${owner}-force` as const);
  return { kind, initiator: owner, commitmentNumber: number, outputs };
}
