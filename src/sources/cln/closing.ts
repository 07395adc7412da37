/** What spent a channel's funding, by the transaction that the wallet kept of it. */
import type { ChannelEventData } from '../../channel/events.ts';
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { commitmentNumberOf, looksLikeCommitment } from '../../lightning/closing.ts';
import type { Transaction } from '../../lightning/transaction.ts';
import { fixedScripts } from '../fixed-scripts.ts';
import type { ChannelRecord } from './channel-record.ts';

type ClosedData = ChannelEventData<'ChannelClosed'>;
type What = ClosedData['outputs'][number]['what'];

/** What the transaction alone tells of the close; its block is told elsewhere. */
export function closeBy(
  channel: ChannelRecord,
  transaction: Transaction,
  lastRevoked: number | undefined,
): Pick<ClosedData, 'closingTxid' | 'kind' | 'outputs' | 'commitmentNumber' | 'feeSat'> {
  const isCommitment = looksLikeCommitment(transaction);
  const scripts = isCommitment ? scriptsOf(channel) : cooperativeScripts(channel);
  const outputs = transaction.outputs.map(({ valueSat, script }, index) => {
    return { index, valueSat, what: scripts.get(bytesToHex(script)) ?? ('unknown' as const) };
  });
  const paidSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  // What is spent beside the funding has an amount that is not known here.
  const isPriced = transaction.inputs.length === 1 && paidSat <= channel.capacitySat;
  const common = {
    closingTxid: transaction.txid,
    outputs,
    ...(isPriced && { feeSat: channel.capacitySat - paidSat, isFeeDerived: true }),
  };
  if (!isCommitment) return { ...common, kind: 'cooperative' };
  const number = commitmentNumber(channel, transaction);
  const numbered = { ...common, ...(number !== undefined && { commitmentNumber: number }) };
  if (transaction.txid === channel.lastTx?.transaction.txid) {
    return { ...numbered, kind: 'local-force' };
  }
  return { ...numbered, kind: isRevoked(channel, number, lastRevoked) ? 'breach' : 'remote-force' };
}

/** What a cooperative close paid to us; unknown while an output may be ours of which nobody says so. */
export function settledBy(outputs: ClosedData['outputs']): bigint | undefined {
  const own = outputs.filter(({ what }) => what === 'cooperative-local');
  const isUnsaid = own.length === 0 && outputs.some(({ what }) => what === 'unknown');
  return isUnsaid ? undefined : own.reduce((sum, { valueSat }) => sum + valueSat, 0n);
}

/** Of the peer's commitments the newest two can both be in force; those before were given up. */
function isRevoked(
  { remoteNumber }: ChannelRecord,
  number: number | undefined,
  lastRevoked = remoteNumber - 2,
): boolean {
  return number !== undefined && number <= lastRevoked;
}

/** BOLT 3: hidden by both ends' payment basepoints, the opener's first. */
export function commitmentNumber(
  { opener, local, remote }: ChannelRecord,
  transaction: Transaction,
): number | undefined {
  const [ours, theirs] = [local.paymentBasepoint, remote.paymentBasepoint];
  if (ours === undefined || theirs === undefined) return undefined;
  const [open, accept] = opener === 'local' ? [ours, theirs] : [theirs, ours];
  const number = commitmentNumberOf(transaction, hexToBytes(open), hexToBytes(accept));
  return number === undefined ? undefined : Number(number);
}

function cooperativeScripts({ shutdownScripts }: ChannelRecord): ReadonlyMap<string, What> {
  const scripts = new Map<string, What>();
  if (shutdownScripts.remote) scripts.set(shutdownScripts.remote, 'cooperative-remote');
  if (shutdownScripts.local) scripts.set(shutdownScripts.local, 'cooperative-local');
  return scripts;
}

/** Output scripts that are the same in every commitment: anchors, and what pays a fixed key. */
export function scriptsOf({ type, local, remote }: ChannelRecord): ReadonlyMap<string, What> {
  return fixedScripts({ channelType: type, local, remote });
}
