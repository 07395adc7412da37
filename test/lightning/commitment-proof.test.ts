/** What a commitment, its HTLC transactions and a close are held to: BOLT 3 appendix C, changed where it matters. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { bigintToBytes, bytesToBigint, concatBytes } from '../../src/lightning/bytes.ts';
import { proveCommitment } from '../../src/lightning/commitment-proof.ts';
import { witnessedFundingSignatures } from '../../src/lightning/commitment-signatures.ts';
import { compactOfDer, derOfCompact, isSignedBy, isValid } from '../../src/lightning/signatures.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { hex, present, refuses } from './fixtures.ts';
import { claim, vector } from './published-claim.ts';

const published = parseTransaction(hex(vector.commit_tx));
/** The order of secp256k1 (SEC 2). */
const ORDER = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
/** r ‖ n − s: valid too, and not standard. */
const withHighS = (signature: Uint8Array) =>
  concatBytes(
    signature.subarray(0, 32),
    bigintToBytes(ORDER - bytesToBigint(signature.subarray(32)), 32),
  );

const proof = suite('a commitment');

proof('is held to the transaction that is stored, where that is another', () => {
  const right = proveCommitment({ ...claim, stored: published });
  equal([right.way, right.commitment, right.txid], ['rebuilt', 'valid', 'as told']);
  const [first, ...rest] = published.outputs;
  const stored = { ...published, outputs: [{ ...present(first), valueSat: 1n }, ...rest] };
  const { way, commitment, txid, problems } = proveCommitment({ ...claim, stored });
  equal([way, commitment, txid], ['stored', 'bad', 'another']);
  equal(
    problems.map(({ of, detail }) => [of, detail]),
    [
      ['transaction', 'the events give another transaction than the one that is stored'],
      ['commitment', 'as it is stored, its signature is not that of the other end'],
    ],
  );
});

proof('has as many signatures of HTLCs as outputs of them', () => {
  const { htlcSignatures } = claim;
  for (const signatures of [htlcSignatures.slice(1), [...htlcSignatures, ...htlcSignatures]]) {
    const { htlcs, problems } = proveCommitment({ ...claim, htlcSignatures: signatures });
    equal(htlcs, { valid: 0, bad: signatures.length, notTold: 0 });
    equal(problems, [
      {
        of: 'htlc',
        detail: `it has 5 HTLC outputs and ${signatures.length} signatures for them`,
      },
    ]);
  }
});

proof('has no signature with a high s, which BOLT 2 wants refused', () => {
  const { rebuilding: _, ...unbuilt } = claim;
  const signature = withHighS(claim.signature);
  const ways = [
    { ...claim, signature },
    { ...unbuilt, stored: published, signature },
  ];
  equal(
    ways.map((one) => proveCommitment(one).commitment),
    ['bad', 'bad'],
  );
  const [first, ...rest] = claim.htlcSignatures;
  const htlcSignatures = [withHighS(present(first)), ...rest];
  const { htlcs } = proveCommitment({ ...claim, htlcSignatures });
  equal(htlcs, { valid: 4, bad: 1, notTold: 0 });
});

proof.run();

const close = suite('a close');

/** With its first or second signature changed, sighash byte and all. */
function witnessed(nth: 1 | 2, change: (der: Uint8Array) => Uint8Array) {
  const [input] = published.inputs;
  const witness = present(input).witness.map((item, at) => (at === nth ? change(item) : item));
  return { ...published, inputs: [{ ...present(input), witness }] };
}
const checksOf = (transaction: typeof published) =>
  witnessedFundingSignatures(transaction, { valueSat: 10_000_000n });

close('has both signatures, over all of it and with a low s', () => {
  equal(checksOf(published).map(isValid), [true, true]);
  const high = (item: Uint8Array) =>
    concatBytes(derOfCompact(withHighS(compactOfDer(item.slice(0, -1)))), Uint8Array.of(1));
  equal(checksOf(witnessed(1, high)).map(isValid), [false, true]);
  // Gossip is laxer: the signature itself holds.
  const [first] = checksOf(witnessed(1, high));
  const { signature, message, publicKey } = present(first);
  is(isSignedBy(signature, message, publicKey), true);
});

close('whose signature is not over all of it is refused', () => {
  // NONE, SINGLE, and ALL with ANYONECANPAY: others could change it.
  for (const sighash of [0, 2, 3, 0x81]) {
    const other = (item: Uint8Array) => concatBytes(item.slice(0, -1), Uint8Array.of(sighash));
    for (const nth of [1, 2] as const) {
      refuses(() => checksOf(witnessed(nth, other)), /SIGHASH_ALL/);
    }
  }
});

close.run();
