/** Whatever a hostile record claims of a commitment, the proof ends with a verdict, and never a false one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type CommitmentClaim,
  type CommitmentVerdict,
  proveCommitment,
} from '../../src/lightning/commitment-proof.ts';
import { witnessedFundingSignatures } from '../../src/lightning/commitment-signatures.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { local, point, remote, vectorHtlc } from './appendix-c.ts';
import { hex, mayOnlyRefuse, present } from './fixtures.ts';
import { claim as unstored, vector } from './published-claim.ts';

const CASES = 1_000 * Number(process.env.CHANNEL_LEDGER_SOAK ?? 1);
const seed = seedOfRun();
const below = randomNumbers(seed);
const fuzz = suite(`hostile claims (seed ${seed})`);

const raw = hex(vector.commit_tx);

const claim: CommitmentClaim = { ...unstored, stored: parseTransaction(raw) };
const rebuilding = present(claim.rebuilding);

const changed = (bytes: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  const at = below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
  return copy;
};
const cut = (bytes: Uint8Array): Uint8Array => bytes.slice(0, below(bytes.length));
const broken = (bytes: Uint8Array) => (below(4) === 0 ? cut(bytes) : changed(bytes));
const HUGE = [0n, 1n, 2n ** 53n, 2n ** 63n - 1n, 21_000_000n * 10n ** 11n] as const;
const huge = () => HUGE[below(HUGE.length)] ?? 0n;
const HUGE_NUMBERS = [0, 1, 2 ** 31, 2 ** 32, 2 ** 48, 2 ** 48 - 1, Number.MAX_SAFE_INTEGER];
const hugeNumber = () => HUGE_NUMBERS[below(HUGE_NUMBERS.length)] ?? 0;
const basis = (change: Partial<typeof rebuilding.basis>): CommitmentClaim => {
  return { ...claim, rebuilding: { ...rebuilding, basis: { ...rebuilding.basis, ...change } } };
};
const parts = (change: Partial<typeof rebuilding>): CommitmentClaim => {
  return { ...claim, rebuilding: { ...rebuilding, ...change } };
};
const htlc = (change: (one: ReturnType<typeof vectorHtlc>) => object) => {
  const nth = below(5);
  const htlcs = rebuilding.htlcs.map((one, at) => (at === nth ? { ...one, ...change(one) } : one));
  return parts({ htlcs });
};

/** Each leaves something that is not as it was signed. */
const unsigned: readonly (() => CommitmentClaim)[] = [
  () => ({ ...claim, signature: broken(present(claim.signature)) }),
  () => ({ ...claim, otherFundingKey: broken(remote.funding), ...swappedKeys() }),
  () => ({ ...unstored, capacitySat: 10_000_001n + huge() }),
];
/** These give another transaction, or none: what is stored is still signed. */
const otherwise: readonly (() => CommitmentClaim)[] = [
  () => parts({ perCommitmentPoint: broken(point) }),
  () => parts({ number: hugeNumber() }),
  () => parts({ feeratePerKw: 1 + hugeNumber() }),
  () => parts({ ownerGrossMsat: huge() }),
  () => parts({ otherGrossMsat: huge() }),
  () => htlc(() => ({ amountMsat: huge() })),
  () => htlc((one) => ({ paymentHash: broken(one.paymentHash) })),
  () => htlc((one) => ({ isOfferedByOwner: !one.isOfferedByOwner })),
  () => basis({ delayBlocks: hugeNumber() }),
  () => basis({ owner: { ...local, delayedPayment: broken(local.delayedPayment) } }),
  () => basis({ other: { ...remote, revocation: broken(remote.revocation) } }),
  () => basis({ other: { ...remote, htlc: broken(remote.htlc) } }),
];

function swappedKeys(): Partial<CommitmentClaim> {
  return { rebuilding: { ...rebuilding, basis: { ...rebuilding.basis, other: local } } };
}

function proved(one: CommitmentClaim): CommitmentVerdict {
  const verdict = proveCommitment(one);
  for (const { detail } of verdict.problems) assert.match(detail, /^[\x20-\x7e…]{1,400}$/);
  return verdict;
}

fuzz('the claim itself holds', () => {
  assert.equal(proved(claim).problems, []);
});

fuzz('what is not signed is bad', () => {
  for (let nth = 0; nth < CASES / 2; nth++) {
    const make = present(unsigned[nth % unsigned.length]);
    const { commitment, problems } = proved(make());
    assert.is(commitment, 'bad', `case ${nth}`);
    assert.ok(problems.length > 0);
  }
});

fuzz('what gives another transaction is never taken for the stored one', () => {
  for (let nth = 0; nth < CASES / 2; nth++) {
    const make = present(otherwise[nth % otherwise.length]);
    const { way, commitment, problems } = proved(make());
    assert.equal([way, commitment], ['stored', 'valid'], `case ${nth}`);
    assert.ok(problems.length > 0, `case ${nth}`);
  }
});

fuzz('a witness that was tampered with is refused or found bad, and nothing hangs', () => {
  for (let nth = 0; nth < CASES; nth++) {
    const bytes = broken(raw);
    mayOnlyRefuse(() => {
      const transaction = parseTransaction(bytes);
      witnessedFundingSignatures(transaction, { valueSat: 10_000_000n });
    });
  }
});

fuzz.run();
