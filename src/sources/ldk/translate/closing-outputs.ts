/**
 * Which commitment spent a funding output, and what each of its outputs is: by the HTLCs remembered of
 * it and by the scripts that the keys of the opening give (BOLT 3).
 */
import type { ChannelEventData } from '../../../channel/events.ts';
import { otherSide, type Side } from '../../../channel/fields.ts';
import { bytesToHex, hexToBytes } from '../../../lightning/bytes.ts';
import { commitmentNumberOf, looksLikeCommitment } from '../../../lightning/closing.ts';
import type { Transaction } from '../../../lightning/transaction.ts';
import { fixedScripts, hasAnchors } from '../../fixed-scripts.ts';
import type { ChannelBook, CommitmentOnRecord } from './channel-book.ts';

type ClosedData = ChannelEventData<'ChannelClosed'>;
export type ClosingOutput = ClosedData['outputs'][number];
type OutputWhat = ClosingOutput['what'];

/** A transaction that spends a funding output, as far as it can be recognised. */
export interface Spend {
  readonly kind: ClosedData['kind'];
  /** Undefined for a cooperative close and for a commitment whose owner cannot be told. */
  readonly commitment: { readonly side: Side; readonly number: number } | undefined;
  readonly outputs: readonly ClosingOutput[];
}

/** What the transaction that spends the funding output is. */
export function spendOf(book: ChannelBook, transaction: Transaction): Spend {
  if (!looksLikeCommitment(transaction)) {
    const outputs = outputsBy(transaction, (script) => cooperativeKind(book, script));
    return { kind: 'cooperative', commitment: undefined, outputs };
  }
  const scripts = fixedScripts(book.context);
  const onRecord = book.commitments.get(transaction.txid);
  const commitment = onRecord ?? recognised(book, transaction, scripts);
  if (commitment === undefined) {
    const outputs = outputsBy(transaction, (script) => scripts.get(script) ?? 'unknown');
    return { kind: 'remote-force', commitment, outputs };
  }
  const { side, number } = commitment;
  return {
    kind: number <= book.lastRevoked[side] ? 'breach' : `${side}-force`,
    commitment,
    outputs: commitmentOutputs(book, side, transaction, scripts, onRecord),
  };
}

function outputsBy(
  { outputs }: Transaction,
  kindOf: (script: string) => OutputWhat,
): readonly ClosingOutput[] {
  return outputs.map(({ valueSat, script }, index) => {
    return { index, valueSat, what: kindOf(bytesToHex(script)) };
  });
}

function cooperativeKind({ shutdownScripts }: ChannelBook, script: string): OutputWhat {
  if (script === shutdownScripts.local) return 'cooperative-local';
  return script === shutdownScripts.remote ? 'cooperative-remote' : 'unknown';
}

/**
 * A commitment that is not remembered, by its obscured number and by whom it pays at once: its owner is
 * the other end. Where such an output is missing, only an owner's number can tell them apart, and both
 * have the same: so it is the peer's, because our own commitments that can be broadcast are remembered.
 */
function recognised(
  { context, lastRevoked }: ChannelBook,
  transaction: Transaction,
  scripts: ReadonlyMap<string, OutputWhat>,
): { readonly side: Side; readonly number: number } | undefined {
  const { opener, local, remote } = context;
  if (!opener || !local?.paymentBasepoint || !remote?.paymentBasepoint) return undefined;
  const [ours, theirs] = [local, remote].map((terms) => hexToBytes(terms.paymentBasepoint ?? ''));
  if (ours === undefined || theirs === undefined) return undefined;
  const [openKey, acceptKey] = opener === 'local' ? [ours, theirs] : [theirs, ours];
  const number = Number(commitmentNumberOf(transaction, openKey, acceptKey));
  const paid = transaction.outputs.map(({ script }) => scripts.get(bytesToHex(script)));
  if (paid.includes('to-local')) return { side: 'remote', number };
  if (paid.includes('to-remote')) return { side: 'local', number };
  return number <= lastRevoked.remote ? { side: 'remote', number } : undefined;
}

/**
 * Where the HTLCs are remembered, what is left is the owner's own output. Otherwise it may be an HTLC,
 * and only the witness that spends it will tell (claims.ts).
 */
function commitmentOutputs(
  book: ChannelBook,
  side: Side,
  { outputs }: Transaction,
  scripts: ReadonlyMap<string, OutputWhat>,
  onRecord: CommitmentOnRecord | undefined,
): readonly ClosingOutput[] {
  const isFixedKnown = !hasAnchors(book.context) || scripts.size === 4;
  const found = outputs.map(({ valueSat, script }, index): ClosingOutput => {
    const htlc = onRecord?.htlcOutputs.get(index);
    if (htlc !== undefined) {
      return { index, valueSat, what: `htlc-${htlc.direction}`, htlcId: htlc.id };
    }
    const fixed = scripts.get(bytesToHex(script));
    // BOLT 3 without anchors: what is not a script's hash pays the other end's key.
    const isKeyHash = script.length === PAY_TO_KEY_HASH_LENGTH && !hasAnchors(book.context);
    const byLength = isKeyHash ? (`to-${otherSide(side)}` as const) : 'unknown';
    return { index, valueSat, what: fixed ?? byLength };
  });
  const rest = found.filter(({ what }) => what === 'unknown');
  const isOwners = onRecord !== undefined && rest.length === 1 && isFixedKnown;
  return isOwners ? found.map((o) => (o === rest[0] ? { ...o, what: `to-${side}` } : o)) : found;
}

/** OP_0 and 20 pushed bytes. */
const PAY_TO_KEY_HASH_LENGTH = 22;
