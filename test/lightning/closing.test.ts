import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  commitmentNumberOf,
  fundingScript,
  looksLikeCommitment,
  obscuredCommitmentNumber,
  witnessScriptOutput,
} from '../../src/lightning/closing.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { fixtureText, hex, present } from './fixtures.ts';

interface Vector {
  readonly commit_tx: string;
  readonly htlc: readonly { readonly tx: string }[];
}
const appendixC: { common: Readonly<Record<string, string>>; vectors: readonly Vector[] } =
  JSON.parse(fixtureText('bolts/bolt3-appendix-C.json'));
const appendixF: { vectors: readonly { readonly ExpectedCommitmentTxHex: string }[] } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-F-anchors.json'),
);
const common = (name: string) => hex(appendixC.common[name] ?? '');
const commitments = [
  ...appendixC.vectors.map(({ commit_tx }) => commit_tx),
  ...appendixF.vectors.map(({ ExpectedCommitmentTxHex }) => ExpectedCommitmentTxHex),
].map((raw) => parseTransaction(hex(raw)));
const secondStages = appendixC.vectors
  .flatMap(({ htlc }) => htlc)
  .map(({ tx }) => parseTransaction(hex(tx)));

test('BOLT 3 appendices C and F: every commitment bears number 42, obscured', () => {
  const [open, accept] = [common('local_payment_basepoint'), common('remote_payment_basepoint')];
  assert.is(commitments.length, 25);
  for (const transaction of commitments) {
    assert.ok(looksLikeCommitment(transaction));
    assert.is(commitmentNumberOf(transaction, open, accept), 42n);
    // Appendix C gives the factor: 0x2bb038521914 ^ 42.
    assert.is(obscuredCommitmentNumber(transaction), 0x2bb038521914n ^ 42n);
    assert.is.not(commitmentNumberOf(transaction, accept, open), 42n);
  }
});

test('an HTLC transaction bears no commitment number', () => {
  assert.is(secondStages.length, 33);
  for (const transaction of secondStages) {
    assert.not(looksLikeCommitment(transaction));
    assert.is(obscuredCommitmentNumber(transaction), undefined);
    assert.is(commitmentNumberOf(transaction, new Uint8Array(33), new Uint8Array(33)), undefined);
  }
});

test('both marks and a single input are needed', () => {
  const commitment = present(commitments[0]);
  const input = present(commitment.inputs[0]);
  const without = [
    { ...commitment, locktime: 0 },
    { ...commitment, inputs: [{ ...input, sequence: 0xffffffff }] },
    { ...commitment, inputs: [{ ...input, sequence: 0xfffffffd }] },
    { ...commitment, inputs: [input, input] },
    { ...commitment, inputs: [] },
  ];
  for (const transaction of without) {
    assert.not(looksLikeCommitment(transaction));
    assert.is(obscuredCommitmentNumber(transaction), undefined);
  }
});

test('BOLT 3 appendix B: the funding output pays to the 2-of-2 of both keys in order', () => {
  const [local, remote] = [common('local_funding_pubkey'), common('remote_funding_pubkey')];
  const script = fundingScript(local, remote);
  assert.equal(fundingScript(remote, local), script);
  for (const { inputs } of commitments) assert.equal(inputs[0]?.witness.at(-1), script);
  assert.equal(
    witnessScriptOutput(script),
    hex('0020c015c4a6be010e21657068fc2e6a9d02b27ebe4d490a25846f7237f104d1a3cd'),
  );
});

test.run();
