/**
 * Proves one commitment: builds it again from what a ledger knows of it, and checks who signed it and
 * its HTLC transactions; or checks the transaction as it was stored, where it cannot be built. Pure, and
 * all values can be handed to another thread.
 */
import type { CommitmentOutputs, PricedChannelType } from './commitment.ts';
import { type Basepoints, commitmentKeys } from './commitment-keys.ts';
import {
  commitmentSignature,
  fundingSpendMessage,
  htlcSignatures,
  type SignedCommitment,
} from './commitment-signatures.ts';
import { buildCommitment, type FullHtlc } from './commitment-transaction.ts';
import type { Outpoint, Txid } from './ids.ts';
import { isValid } from './signatures.ts';
import { type TransactionBody, txidOfBody } from './transaction-bytes.ts';

/** What all commitments of one side under one funding have in common, seen from their owner. */
export interface CommitmentBasis {
  readonly channelType: PricedChannelType;
  readonly opener: 'owner' | 'other';
  readonly owner: Basepoints;
  readonly other: Basepoints;
  /** The owner's. */
  readonly dustLimitSat: bigint;
  /** What the other end demands. */
  readonly delayBlocks: number;
}

/** What one commitment is built from. */
export interface RebuildingParts {
  readonly basis: CommitmentBasis;
  readonly number: number;
  readonly perCommitmentPoint: Uint8Array;
  readonly ownerGrossMsat: bigint;
  readonly otherGrossMsat: bigint;
  /** Where the gross balances are not exact: what was stated of the two outputs. */
  readonly stated?: Pick<CommitmentOutputs<FullHtlc>, 'toOwnerSat' | 'toOtherSat'>;
  readonly feeratePerKw: number;
  readonly htlcs: readonly FullHtlc[];
}

/** What a ledger claims of one commitment; at least one of `rebuilding` and `stored` is there. */
export interface CommitmentClaim {
  readonly fundingOutpoint: Outpoint;
  readonly capacitySat: bigint;
  readonly ownerFundingKey: Uint8Array;
  readonly otherFundingKey: Uint8Array;
  readonly rebuilding?: RebuildingParts;
  /** The transaction as the source keeps it. */
  readonly stored?: TransactionBody;
  /** The txid that the source told. */
  readonly txid?: Txid;
  /** The other end's, r ‖ s. */
  readonly signature?: Uint8Array;
  /** In the order of the HTLC outputs; empty where none were told. */
  readonly htlcSignatures: readonly Uint8Array[];
}

export interface CommitmentVerdict {
  readonly way: 'rebuilt' | 'stored';
  readonly commitment: 'valid' | 'bad' | 'not told';
  readonly htlcs: { readonly valid: number; readonly bad: number; readonly notTold: number };
  /** Whether it has the txid that was told, or that of the stored transaction. */
  readonly txid: 'as told' | 'another' | 'not told';
  readonly problems: readonly CommitmentProblem[];
}

/** What is wrong, in a sentence, and with what: the two kinds of signatures, or the transaction. */
export interface CommitmentProblem {
  readonly of: 'commitment' | 'htlc' | 'transaction';
  readonly detail: string;
}
const problem = (of: CommitmentProblem['of'], detail: string): CommitmentProblem => {
  return { of, detail };
};

/** Never throws: what cannot even be built, because a key is no point, is a problem too. */
export function proveCommitment(claim: CommitmentClaim): CommitmentVerdict {
  const { rebuilding, stored } = claim;
  if (rebuilding === undefined) return asStored(claim, []);
  try {
    const rebuilt = proveRebuilt(claim, rebuilding);
    if (rebuilt.commitment === 'bad' || rebuilt.txid === 'another') {
      return stored === undefined
        ? rebuilt
        : asStored(claim, [problem('transaction', NOT_THE_STORED)]);
    }
    return rebuilt;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return asStored(claim, [problem('transaction', `it cannot be rebuilt: ${reason}`)]);
  }
}
const UNSIGNED = 'its signature is not that of the other end';
const NOT_THE_STORED = 'the events give another transaction than the one that is stored';

function proveRebuilt(claim: CommitmentClaim, parts: RebuildingParts): CommitmentVerdict {
  const { capacitySat, stored, signature } = claim;
  const commitment = rebuilt(claim, parts);
  const txid = txidOfBody(commitment.built.body);
  const told = [claim.txid, stored && txidOfBody(stored)].filter((one) => one !== undefined);
  const isAnother = told.some((one) => one !== txid);
  const isSigned =
    signature && isValid(commitmentSignature({ ...commitment, capacitySat }, signature));
  const problems: CommitmentProblem[] = [];
  if (isAnother) {
    problems.push(problem('transaction', `rebuilt it is ${txid}, told as ${told.join(' and ')}`));
  }
  if (isSigned === false) problems.push(problem('commitment', UNSIGNED));
  const htlcs = proveHtlcs(commitment, claim.htlcSignatures, problems);
  return {
    way: 'rebuilt',
    commitment: isSigned === undefined ? 'not told' : isSigned ? 'valid' : 'bad',
    htlcs,
    txid: told.length === 0 ? 'not told' : isAnother ? 'another' : 'as told',
    problems,
  };
}

function rebuilt(claim: CommitmentClaim, parts: RebuildingParts): SignedCommitment {
  const { fundingOutpoint, capacitySat } = claim;
  const { basis, perCommitmentPoint, feeratePerKw } = parts;
  const { channelType, opener, owner, other, delayBlocks } = basis;
  const keys = commitmentKeys(owner, other, perCommitmentPoint, channelType);
  const isOwners = opener === 'owner';
  const paymentBasepoints = {
    opener: isOwners ? owner.payment : other.payment,
    accepter: isOwners ? other.payment : owner.payment,
  };
  const built = buildCommitment({ ...basis, ...parts, fundingOutpoint, keys, paymentBasepoints });
  return { built, keys, capacitySat, channelType, feeratePerKw, delayBlocks };
}

/** All of them, as many as there are: one that is missing makes the others no better. */
function proveHtlcs(
  commitment: SignedCommitment,
  signatures: readonly Uint8Array[],
  problems: CommitmentProblem[],
): CommitmentVerdict['htlcs'] {
  const outputs = commitment.built.htlcOutputs.length;
  if (signatures.length === 0) return { valid: 0, bad: 0, notTold: outputs };
  if (signatures.length !== outputs) {
    const detail = `it has ${outputs} HTLC outputs and ${signatures.length} signatures for them`;
    problems.push(problem('htlc', detail));
    return { valid: 0, bad: signatures.length, notTold: 0 };
  }
  const checks = htlcSignatures(commitment, signatures).map(isValid);
  checks.forEach((isRight, nth) => {
    const detail = `the signature of its HTLC output ${nth} is not that of the other end`;
    if (!isRight) problems.push(problem('htlc', detail));
  });
  const valid = checks.filter((isRight) => isRight).length;
  return { valid, bad: checks.length - valid, notTold: 0 };
}

/** Only the commitment itself: an HTLC transaction needs what the commitment was built from. */
function asStored(
  claim: CommitmentClaim,
  problems: readonly CommitmentProblem[],
): CommitmentVerdict {
  const { stored, signature, txid, htlcSignatures: ofHtlcs } = claim;
  const htlcs = { valid: 0, bad: 0, notTold: ofHtlcs.length };
  if (stored === undefined) {
    return { way: 'rebuilt', commitment: 'bad', htlcs, txid: 'not told', problems };
  }
  const found = [...problems];
  const isAnother = problems.length > 0 || (txid !== undefined && txid !== txidOfBody(stored));
  if (isAnother && problems.length === 0) {
    found.push(problem('transaction', 'the stored transaction has another txid'));
  }
  const isSigned = signature && isStoredSigned(claim, stored, signature, found);
  if (isSigned === false) found.push(problem('commitment', `as it is stored, ${UNSIGNED}`));
  return {
    way: 'stored',
    commitment: isSigned === undefined ? 'not told' : isSigned ? 'valid' : 'bad',
    htlcs,
    txid: isAnother ? 'another' : txid === undefined ? 'not told' : 'as told',
    problems: found,
  };
}

function isStoredSigned(
  { fundingOutpoint, capacitySat, ownerFundingKey, otherFundingKey }: CommitmentClaim,
  stored: TransactionBody,
  signature: Uint8Array,
  problems: CommitmentProblem[],
): boolean {
  try {
    const message = fundingSpendMessage(stored, {
      outpoint: fundingOutpoint,
      valueSat: capacitySat,
      keys: [ownerFundingKey, otherFundingKey],
    });
    return isValid({ signature, message, publicKey: otherFundingKey, isOfTransaction: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(problem('transaction', reason));
    return false;
  }
}
