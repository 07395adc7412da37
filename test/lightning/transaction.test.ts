import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTransaction, readTransaction } from '../../src/lightning/transaction.ts';
import { WireReader } from '../../src/lightning/wire.ts';
import { fixtureText, hex, mayOnlyRefuse, refuses } from './fixtures.ts';

/** BOLT 3 appendix B, the funding transaction. */
const FUNDING =
  '0200000001adbb20ea41a8423ea937e76e8151636bf6093b70eaff942930d20576600521fd000000006b48304502210090587b6201e166ad6af0227d3036a9454223d49a1f11839c1a362184340ef0240220577f7cd5cca78719405cbf1de7414ac027f0239ef6e214c90fcaab0454d84b3b012103535b32d5eb0a6ed0982a0479bbadc9868d9836f6ba94dd5a63be16d875069184ffffffff028096980000000000220020c015c4a6be010e21657068fc2e6a9d02b27ebe4d490a25846f7237f104d1a3cd20256d29010000001600143ca33c2e4446f4a305f23c80df8ad1afdcf652f900000000';
const FUNDING_TXID = '8984484a580b825b9972d7adb15050b3ab624ccd731946b3eeddb92f4e7ef6be';

interface Vector {
  readonly name: string;
  readonly commit_tx: string;
  readonly htlc: readonly { readonly tx: string }[];
}
const appendixC: { vectors: readonly Vector[] } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-C.json'),
);

test('BOLT 3 appendix B: the funding transaction, field by field', () => {
  const transaction = parseTransaction(hex(FUNDING));
  assert.is(transaction.txid, FUNDING_TXID);
  assert.is(transaction.wtxid, FUNDING_TXID);
  assert.is(transaction.version, 2);
  assert.is(transaction.locktime, 0);
  assert.is(transaction.weight, (FUNDING.length / 2) * 4);
  assert.is(transaction.inputs.length, 1);
  const [input] = transaction.inputs;
  assert.is(input?.outpoint, 'fd2105607605d2302994ffea703b09f66b6351816ee737a93e42a841ea20bbad:0');
  assert.is(input?.sequence, 0xffffffff);
  assert.is(input?.scriptSig.length, 0x6b);
  assert.equal(input?.witness, []);
  assert.equal(
    transaction.outputs.map(({ valueSat }) => valueSat),
    [10_000_000n, 4_989_986_080n],
  );
  assert.equal(transaction.outputs[1]?.script, hex('00143ca33c2e4446f4a305f23c80df8ad1afdcf652f9'));
});

test('BOLT 3 appendix C: commitments spend the funding output, HTLCs their commitment', () => {
  let htlcs = 0;
  for (const { commit_tx, htlc } of appendixC.vectors) {
    const commitment = parseTransaction(hex(commit_tx));
    assert.equal(
      commitment.inputs.map(({ outpoint }) => outpoint),
      [`${FUNDING_TXID}:0`],
    );
    assert.is(commitment.inputs[0]?.witness.length, 4);
    assert.is.not(commitment.wtxid, commitment.txid);
    for (const { tx } of htlc) {
      // That the HTLC names it shows the commitment's txid, which the witness must not enter.
      const second = parseTransaction(hex(tx));
      assert.ok(second.inputs[0]?.outpoint.startsWith(`${commitment.txid}:`));
      htlcs += 1;
    }
  }
  assert.is(htlcs, 33);
});

test('weight counts a witness byte once and every other byte four times', () => {
  const [vector] = appendixC.vectors;
  const raw = hex(vector?.commit_tx ?? '');
  const { inputs, weight } = parseTransaction(raw);
  const items = inputs.flatMap(({ witness }) => witness);
  const witnessBytes = 2 + 1 + items.reduce((sum, item) => sum + 1 + item.length, 0);
  assert.is(weight, (raw.length - witnessBytes) * 4 + witnessBytes);
});

test('bytes after the transaction are refused, but may follow within other bytes', () => {
  const longer = hex(`${FUNDING}00`);
  refuses(() => parseTransaction(longer), /expected the end, got 1 more/);
  const reader = new WireReader(longer);
  assert.is(readTransaction(reader).txid, FUNDING_TXID);
  assert.is(reader.remaining, 1);
});

test('every shorter piece of a transaction is refused', () => {
  for (const whole of [hex(FUNDING), hex(appendixC.vectors[1]?.commit_tx ?? '')]) {
    for (let length = 0; length < whole.length; length++) {
      refuses(() => parseTransaction(whole.subarray(0, length)));
    }
  }
});

test('forms that no node relays are refused', () => {
  const output = '010000000000000000';
  const input = `${'00'.repeat(36)}00ffffffff`;
  const refused = {
    'no inputs': `0200000000010001${output}0000000000`,
    'another flag': `02000000000201${input}01${output}0000000000`,
    'a marker, but no witness': `02000000000101${input}01${output}0000000000`,
    'a count that is not the shortest': `02000000fd0100${input}01${output}00000000`,
    'more money than there is': `0200000001${input}010140075af07507000000000000`,
    'a huge count': `02000000feffffffff${input}`,
  };
  for (const raw of Object.values(refused)) refuses(() => parseTransaction(hex(raw)));
  const all = parseTransaction(hex(`0200000001${input}010040075af07507000000000000`));
  assert.is(all.outputs[0]?.valueSat, 2_100_000_000_000_000n);
});

test('a mutated transaction is another one or is refused in a sentence', () => {
  const seeds = [FUNDING, ...appendixC.vectors.map(({ commit_tx }) => commit_tx)].map(hex);
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (raw, at, flip) => {
        const mutated = Uint8Array.from(raw);
        const position = at % raw.length;
        mutated[position] = (mutated[position] ?? 0) ^ flip;
        mayOnlyRefuse(() => {
          assert.is.not(parseTransaction(mutated).wtxid, parseTransaction(raw).wtxid);
        });
      },
    ),
    { seed: 7, numRuns: 2000 },
  );
});

test('any bytes are a transaction or are refused in a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      mayOnlyRefuse(() => parseTransaction(bytes));
      mayOnlyRefuse(() => parseTransaction(Uint8Array.of(2, 0, 0, 0, 0, 1, ...bytes)));
    }),
    { seed: 8, numRuns: 2000 },
  );
});

test.run();
