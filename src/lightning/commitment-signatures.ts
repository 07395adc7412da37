/** Which messages the signatures of a commitment sign, and whose keys they are of (BOLT 3). */
import { msatToSatFloor } from './amounts.ts';
import { bytesToHex, concatBytes, equalBytes, hexToBytes } from './bytes.ts';
import { fundingScript } from './closing.ts';
import type { PricedChannelType } from './commitment.ts';
import type { CommitmentKeys } from './commitment-keys.ts';
import type { BuiltCommitment } from './commitment-transaction.ts';
import { buildHtlcTransaction, htlcSighash } from './htlc-transaction.ts';
import type { Outpoint } from './ids.ts';
import { compactOfDer, type SignatureToCheck } from './signatures.ts';
import type { Transaction } from './transaction.ts';
import { signedMessage, type TransactionBody, txidOfBody } from './transaction-bytes.ts';

/** The 2-of-2 output that commitments and cooperative closes spend. */
export interface FundingOutput {
  readonly outpoint?: Outpoint;
  readonly valueSat: bigint;
  /** Compressed, in any order. */
  readonly keys: readonly [Uint8Array, Uint8Array];
}

/**
 * The message that both ends sign to spend the funding output. Throws where the transaction does not
 * spend it with its one input.
 */
export function fundingSpendMessage(body: TransactionBody, funding: FundingOutput): Uint8Array {
  const [input] = body.inputs;
  if (body.inputs.length !== 1 || input === undefined) {
    throw new Error(`"transaction" expected one input, got ${body.inputs.length}`);
  }
  if (funding.outpoint !== undefined && input.outpoint !== funding.outpoint) {
    throw new Error(`"transaction" expected to spend ${funding.outpoint}, got ${input.outpoint}`);
  }
  const script = fundingScript(...funding.keys);
  return signedMessage(body, { inputIndex: 0, valueSat: funding.valueSat, script, sighash: 'all' });
}

/**
 * Both signatures of a funding output's spend, as its witness has them: `0, signature, signature,
 * script`. Throws where the witness is of another form, or its script is not of the keys given.
 */
export function witnessedFundingSignatures(
  transaction: Transaction,
  funding: Omit<FundingOutput, 'keys'> & { readonly keys?: FundingOutput['keys'] },
): readonly SignatureToCheck[] {
  const [empty, first, second, script] = transaction.inputs[0]?.witness ?? [];
  const witnessKeys = script && keysOfFundingScript(script);
  if (empty?.length !== 0 || !first || !second || witnessKeys === undefined) {
    throw new Error('"witness" expected two signatures and a funding script, got another form');
  }
  if (funding.keys !== undefined && !equalBytes(script ?? empty, fundingScript(...funding.keys))) {
    throw new Error('"witness" expected the script of both funding keys, got another');
  }
  const message = fundingSpendMessage(transaction, { ...funding, keys: witnessKeys });
  const ordered = [
    [first, witnessKeys[0]],
    [second, witnessKeys[1]],
  ] as const;
  return ordered.map(([signature, publicKey]) => {
    if (signature.at(-1) !== SIGHASH_ALL) {
      throw new Error('"signature" expected SIGHASH_ALL behind it, got another');
    }
    const compact = compactOfDer(signature.subarray(0, -1));
    return { signature: compact, message, publicKey, isOfTransaction: true };
  });
}
const SIGHASH_ALL = 1;

/** `2 <key> <key> 2 CHECKMULTISIG`, in the script's order; undefined where it is another script. */
function keysOfFundingScript(script: Uint8Array): readonly [Uint8Array, Uint8Array] | undefined {
  const match = /^5221(0[23][0-9a-f]{64})21(0[23][0-9a-f]{64})52ae$/.exec(bytesToHex(script));
  const [, first, second] = match ?? [];
  return first && second ? [hexToBytes(first), hexToBytes(second)] : undefined;
}

export interface SignedCommitment {
  readonly built: BuiltCommitment;
  readonly keys: CommitmentKeys;
  readonly capacitySat: bigint;
  readonly channelType: PricedChannelType;
  readonly feeratePerKw: number;
  readonly delayBlocks: number;
}

/** What the other end signs of the commitment itself, and with which key. */
export function commitmentSignature(
  { built, keys, capacitySat }: SignedCommitment,
  signature: Uint8Array,
): SignatureToCheck {
  const { ownerFundingKey, otherFundingKey } = keys;
  const funding: FundingOutput = {
    valueSat: capacitySat,
    keys: [ownerFundingKey, otherFundingKey],
  };
  const message = fundingSpendMessage(built.body, funding);
  return { signature, message, publicKey: otherFundingKey, isOfTransaction: true };
}

/**
 * What the other end signs of the second stages, in the order of the commitment's outputs. As many
 * signatures as HTLC outputs are needed; throws otherwise.
 */
export function htlcSignatures(
  commitment: SignedCommitment,
  signatures: readonly Uint8Array[],
): readonly SignatureToCheck[] {
  const { built, keys, channelType, feeratePerKw, delayBlocks } = commitment;
  const { htlcOutputs } = built;
  if (signatures.length !== htlcOutputs.length) {
    throw new Error(
      `"HTLC signatures" expected one for each of ${htlcOutputs.length} outputs, got ${signatures.length}`,
    );
  }
  if (htlcOutputs.length === 0) return [];
  const commitmentTxid = txidOfBody(built.body);
  const stage = { commitmentTxid, channelType, feeratePerKw, keys, delayBlocks };
  return htlcOutputs.map((output, nth) => {
    const message = signedMessage(buildHtlcTransaction(stage, output), {
      inputIndex: 0,
      valueSat: msatToSatFloor(output.htlc.amountMsat),
      script: output.script,
      sighash: htlcSighash(channelType),
    });
    const signature = signatures[nth] ?? concatBytes();
    return { signature, message, publicKey: keys.otherHtlcKey, isOfTransaction: true };
  });
}
