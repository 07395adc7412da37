import { ripemd160 } from '@noble/hashes/legacy.js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { witnessScriptOutput } from '../../src/lightning/closing.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { classifyWitness } from '../../src/lightning/scripts.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { WireReader } from '../../src/lightning/wire.ts';
import { fixtureText, hex, unzippedFixture } from './fixtures.ts';

interface Htlc {
  readonly kind: 'htlc_success_tx' | 'htlc_timeout_tx';
  readonly htlc: number;
  readonly tx: string;
}
interface AppendixC {
  readonly common: Readonly<Record<string, string>>;
  readonly vectors: readonly { readonly commit_tx: string; readonly htlc: readonly Htlc[] }[];
}
interface Anchored {
  readonly vectors: readonly {
    readonly ExpectedCommitmentTxHex: string;
    readonly HtlcDescs: readonly { readonly ResolutionTxHex: string }[];
  }[];
}
const appendixC: AppendixC = JSON.parse(fixtureText('bolts/bolt3-appendix-C.json'));
const appendixF: Anchored = JSON.parse(fixtureText('bolts/bolt3-appendix-F-anchors.json'));
const common = (name: string) => appendixC.common[name] ?? '';
const htlcs = appendixC.vectors.flatMap(({ htlc }) => htlc);

const SIGNATURE = new Uint8Array(71).fill(0x30);
const TRUE = Uint8Array.of(1);
const FALSE = new Uint8Array();

const witnessOf = (raw: string) => parseTransaction(hex(raw)).inputs[0]?.witness ?? [];
const scriptOf = (kind: Htlc['kind']) =>
  witnessOf(htlcs.find((htlc) => htlc.kind === kind)?.tx ?? '').at(-1) ?? FALSE;
const hash160 = (preimage: Uint8Array) => bytesToHex(ripemd160(sha256(preimage)));

/** BOLT 3, `to_local`, with the keys and the delay of appendix C. */
const TO_LOCAL = hex(
  `6321${common('local_revocation_pubkey')}67029000b27521${common('local_delayedpubkey')}68ac`,
);

test('BOLT 3 appendix C: every HTLC transaction is told apart, with its preimage or expiry', () => {
  assert.is(htlcs.length, 33);
  for (const { kind, htlc, tx } of htlcs) {
    const preimage = hex(common(`htlc ${htlc} payment_preimage`));
    const paymentHash160 = hash160(preimage);
    const expected =
      kind === 'htlc_success_tx'
        ? {
            kind: 'htlc success',
            htlc: {
              isOfferedByOwner: false,
              paymentHash160,
              cltvExpiry: Number(common(`htlc ${htlc} expiry`)),
              isSecondStage: true,
              preimage,
            },
          }
        : {
            kind: 'htlc timeout',
            htlc: { isOfferedByOwner: true, paymentHash160, isSecondStage: true },
          };
    assert.equal(classifyWitness(witnessOf(tx)), expected);
  }
});

test('BOLT 3 appendix F: HTLC scripts with anchors are recognised too', () => {
  const kinds = appendixF.vectors
    .flatMap(({ HtlcDescs }) => HtlcDescs)
    .map(({ ResolutionTxHex }) => classifyWitness(witnessOf(ResolutionTxHex)).kind);
  assert.ok(kinds.length > 0);
  assert.equal(new Set(kinds), new Set(['htlc success', 'htlc timeout']));
});

test('every commitment spends the funding output', () => {
  for (const { commit_tx } of appendixC.vectors) {
    assert.equal(classifyWitness(witnessOf(commit_tx)), { kind: 'funding' });
  }
});

test('the to_local script here is the one that appendix C’s commitments pay to', () => {
  const [first] = appendixC.vectors;
  const scripts = parseTransaction(hex(first?.commit_tx ?? '')).outputs.map(({ script }) => script);
  const wanted = bytesToHex(witnessScriptOutput(TO_LOCAL));
  assert.ok(scripts.map(bytesToHex).includes(wanted));
});

test('to_local is taken by its owner after the delay, or by revocation', () => {
  assert.equal(classifyWitness([SIGNATURE, FALSE, TO_LOCAL]), {
    kind: 'to_local delayed',
    delayBlocks: 144,
  });
  assert.equal(classifyWitness([SIGNATURE, TRUE, TO_LOCAL]), {
    kind: 'to_local revocation',
    delayBlocks: 144,
  });
  const small = hex(bytesToHex(TO_LOCAL).replace('029000', '56'));
  assert.is(classifyWitness([SIGNATURE, FALSE, small]).delayBlocks, 6);
});

test('the other side takes an offered HTLC with the preimage, or both kinds by revocation', () => {
  const [offered, received] = [scriptOf('htlc_timeout_tx'), scriptOf('htlc_success_tx')];
  const preimage = hex('02'.repeat(32));
  const key = hex(common('local_revocation_pubkey'));
  const direct = classifyWitness([SIGNATURE, preimage, offered]);
  assert.is(direct.kind, 'htlc success');
  assert.equal(direct.htlc, {
    isOfferedByOwner: true,
    paymentHash160: hash160(preimage),
    isSecondStage: false,
    preimage,
  });
  for (const [script, isOfferedByOwner] of [
    [offered, true],
    [received, false],
  ] as const) {
    const revoked = classifyWitness([SIGNATURE, key, script]);
    assert.is(revoked.kind, 'htlc revocation');
    assert.is(revoked.htlc?.isOfferedByOwner, isOfferedByOwner);
  }
});

test('the other side takes back an HTLC it offered after its expiry', () => {
  const claim = classifyWitness([SIGNATURE, FALSE, scriptOf('htlc_success_tx')]);
  assert.is(claim.kind, 'htlc timeout');
  assert.is(claim.htlc?.isSecondStage, false);
  assert.is(claim.htlc?.cltvExpiry, 500);
});

test('the outputs that anchors brought, and one key’s own, are recognised', () => {
  const key = common('remote_htlcpubkey');
  assert.is(classifyWitness([SIGNATURE, hex(`21${key}ad51b2`)]).kind, 'to_remote');
  assert.is(classifyWitness([SIGNATURE, hex(`21${key}ac736460b268`)]).kind, 'anchor');
  assert.is(classifyWitness([FALSE, hex(`21${key}ac736460b268`)]).kind, 'anchor');
  assert.is(classifyWitness([SIGNATURE, hex(key)]).kind, 'p2wpkh');
});

test('a known script with another witness, and all other witnesses, are unknown', () => {
  const offered = scriptOf('htlc_timeout_tx');
  const unknown = [
    [],
    [FALSE],
    [new Uint8Array(100_000)],
    [SIGNATURE, TO_LOCAL],
    [SIGNATURE, new Uint8Array(31), offered],
    [FALSE, SIGNATURE, SIGNATURE, new Uint8Array(31), scriptOf('htlc_success_tx')],
    [FALSE, SIGNATURE, SIGNATURE, TRUE, offered],
    [SIGNATURE, SIGNATURE, hex(common('remote_htlcpubkey'))],
    // A taproot key path spend is one signature alone.
    [new Uint8Array(64)],
  ];
  for (const witness of unknown) assert.equal(classifyWitness(witness), { kind: 'unknown' });
});

test('a real mainnet force close: two HTLC timeouts and three sweeps after 144 blocks', () => {
  const kinds: string[] = [];
  const lines = new TextDecoder('latin1').decode(unzippedFixture('cln/onchainstress-data.gz'));
  for (const line of lines.split('\n').filter((text) => text.startsWith('read 138c'))) {
    const { kind, delayBlocks, htlc } = classifyWitness(firstWitness(line.split(' ')[1] ?? ''));
    kinds.push(`${kind} ${delayBlocks ?? htlc?.isSecondStage ?? ''}`.trim());
  }
  assert.equal(kinds.sort(), [
    'htlc timeout true',
    'htlc timeout true',
    'p2wpkh',
    'to_local delayed 144',
    'to_local delayed 144',
    'to_local delayed 144',
  ]);
});

/** onchaind_spent: the message type, the spending txid, then the inputs, those present in full. */
function firstWitness(message: string): readonly Uint8Array[] {
  const reader = new WireReader(hex(message), 'onchaind_spent');
  reader.bytes(34);
  const inputs = reader.u32();
  for (let i = 0; i < inputs; i++) {
    if (reader.u8() === 0) continue;
    reader.bytes(40);
    reader.bytes(reader.u32());
    return Array.from({ length: reader.u32() }, () => reader.bytes(reader.u32()));
  }
  return [];
}

test('any witness is classified, and quickly', () => {
  const script = fc.oneof(
    fc.constantFrom(TO_LOCAL, scriptOf('htlc_success_tx'), scriptOf('htlc_timeout_tx')),
    fc.uint8Array({ maxLength: 250 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }),
      script,
      fc.nat(),
      fc.nat({ max: 255 }),
      (items, last, at, byte) => {
        const changed = Uint8Array.from(last);
        if (changed.length > 0) changed[at % changed.length] = byte;
        classifyWitness([...items, last]);
        classifyWitness([...items, changed]);
      },
    ),
    { seed: 27, numRuns: 2000 },
  );
});

test.run();
