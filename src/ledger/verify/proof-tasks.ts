/** What the threads that check signatures are asked and answer: plain values, no key, no secret. */
import {
  type CommitmentClaim,
  type CommitmentVerdict,
  isValid,
  proveCommitment,
} from '../../lightning/commitment-proof.ts';
import type { SignatureToCheck } from '../../lightning/commitment-signatures.ts';

export type ProofTask =
  | { readonly kind: 'commitment'; readonly claim: CommitmentClaim }
  | { readonly kind: 'signatures'; readonly checks: readonly SignatureToCheck[] };

export type ProofAnswer =
  | { readonly kind: 'commitment'; readonly verdict: CommitmentVerdict }
  | { readonly kind: 'signatures'; readonly areValid: readonly boolean[] };

export function answerProofs(tasks: readonly ProofTask[]): readonly ProofAnswer[] {
  return tasks.map((task) =>
    task.kind === 'commitment'
      ? { kind: 'commitment', verdict: proveCommitment(task.claim) }
      : { kind: 'signatures', areValid: task.checks.map(isValid) },
  );
}

/** About how many ECDSA checks a task costs; deriving a commitment's keys costs as much as several. */
export function costOf(task: ProofTask): number {
  if (task.kind === 'signatures') return task.checks.length;
  const { rebuilding, htlcSignatures } = task.claim;
  return 1 + htlcSignatures.length + (rebuilding === undefined ? 0 : KEYS_COST);
}
const KEYS_COST = 8;
