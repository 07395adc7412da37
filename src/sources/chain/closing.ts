/** How a funding output was spent, as far as the transaction and the channel's known keys tell it. */
import type { ChannelEventData } from '../../channel/events.ts';
import { otherSide, type Side } from '../../channel/fields.ts';
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { commitmentNumberOf, looksLikeCommitment } from '../../lightning/closing.ts';
import type { Transaction } from '../../lightning/transaction.ts';
import { fixedScripts, hasAnchors } from '../fixed-scripts.ts';
import type { KnownChannel } from '../known.ts';

type ClosedData = ChannelEventData<'ChannelClosed'>;

export interface Close {
  readonly kind: ClosedData['kind'];
  /** Whose commitment it is; undefined of a cooperative close, and where it cannot be told. */
  readonly owner?: Side;
  readonly commitmentNumber?: number;
  readonly outputs: ClosedData['outputs'];
}

/** OP_0 and 20 pushed bytes. */
const PAY_TO_KEY_HASH_LENGTH = 22;

/** A commitment's owner is whom it does not pay at once: that output pays a key that is known. */
export function closeOf(channel: KnownChannel, transaction: Transaction): Close {
  const { context, revoked } = channel;
  if (!looksLikeCommitment(transaction)) {
    return { kind: 'cooperative', outputs: outputsBy(transaction, () => 'unknown') };
  }
  const scripts = fixedScripts(context);
  const paid = transaction.outputs.map(({ script }) => scripts.get(bytesToHex(script)));
  const owner = paid.includes('to-local')
    ? 'remote'
    : paid.includes('to-remote')
      ? 'local'
      : undefined;
  const commitmentNumber = numberOf(channel, transaction);
  const number = commitmentNumber === undefined ? {} : { commitmentNumber };
  if (owner === undefined) {
    const outputs = outputsBy(transaction, (script) => scripts.get(bytesToHex(script)));
    return { kind: 'unknown', ...number, outputs };
  }
  const lastRevoked = revoked[owner] ?? -1;
  const isBreach = commitmentNumber !== undefined && commitmentNumber <= lastRevoked;
  return {
    kind: isBreach ? 'breach' : `${owner}-force`,
    owner,
    ...number,
    outputs: outputsBy(transaction, (script) => {
      // BOLT 3 without anchors: what is not a script's hash pays the other end's key.
      const isKeyHash = script.length === PAY_TO_KEY_HASH_LENGTH && !hasAnchors(context);
      return scripts.get(bytesToHex(script)) ?? (isKeyHash ? `to-${otherSide(owner)}` : undefined);
    }),
  };
}

type OutputWhat = ClosedData['outputs'][number]['what'];

function outputsBy(
  { outputs }: Transaction,
  whatOf: (script: Uint8Array) => OutputWhat | undefined,
): ClosedData['outputs'] {
  return outputs.map(({ valueSat, script }, index) => {
    return { index, valueSat, what: whatOf(script) ?? 'unknown' };
  });
}

function numberOf({ context }: KnownChannel, transaction: Transaction): number | undefined {
  const { opener, local, remote } = context;
  const [ours, theirs] = [local?.paymentBasepoint, remote?.paymentBasepoint];
  if (opener === undefined || ours === undefined || theirs === undefined) return undefined;
  const [openKey, acceptKey] = opener === 'local' ? [ours, theirs] : [theirs, ours];
  const number = commitmentNumberOf(transaction, hexToBytes(openKey), hexToBytes(acceptKey));
  return number === undefined ? undefined : Number(number);
}
