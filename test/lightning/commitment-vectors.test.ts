/** Every commitment and HTLC transaction of the published vectors, to the byte, and who signed it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import type { PricedChannelType } from '../../src/lightning/commitment.ts';
import { commitmentKeys } from '../../src/lightning/commitment-keys.ts';
import {
  commitmentSignature,
  htlcSignatures,
  type SignatureToCheck,
  type SignedCommitment,
  witnessedFundingSignatures,
} from '../../src/lightning/commitment-signatures.ts';
import { buildCommitment, type FullHtlc } from '../../src/lightning/commitment-transaction.ts';
import { buildHtlcTransaction } from '../../src/lightning/htlc-transaction.ts';
import { outpointOf, Txid } from '../../src/lightning/ids.ts';
import { compactOfDer, isSignedBy, isSignedByReference } from '../../src/lightning/signatures.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { bodyBytes, txidOfBody } from '../../src/lightning/transaction-bytes.ts';
import { appendixC, given, local, point, remote, vectorHtlc } from './appendix-c.ts';
import { fixtureText, hex, present } from './fixtures.ts';

/** One commitment of the vectors, in one form for all of their sources. */
interface Vector {
  readonly name: string;
  readonly localMsat: bigint;
  readonly remoteMsat: bigint;
  readonly feeratePerKw: number;
  readonly dustLimitSat: bigint;
  readonly commitment: string;
  readonly remoteSignature: string;
  readonly htlcs: readonly { readonly remoteSignature: string; readonly transaction: string }[];
}

interface JsonVector {
  readonly Name: string;
  readonly LocalBalance: number;
  readonly RemoteBalance: number;
  readonly DustLimitSatoshis?: number;
  readonly FeePerKw: number;
  readonly HtlcDescs: readonly {
    readonly RemoteSigHex: string;
    readonly ResolutionTxHex: string;
  }[];
  readonly ExpectedCommitmentTxHex: string;
  readonly RemoteSigHex: string;
}

const CAPACITY_MSAT = 10_000_000_000n;

/** The HTLCs that all these vectors share: 0 to 4 or, in the last ones, 1, 5 and 6; or none. */
function htlcsOf({ localMsat, remoteMsat }: Vector): readonly FullHtlc[] {
  const restMsat = CAPACITY_MSAT - localMsat - remoteMsat;
  if (restMsat === 0n) return [];
  const numbers = restMsat === 12_000_000n ? [0, 1, 2, 3, 4] : [1, 5, 6];
  return numbers.map(vectorHtlc);
}

function signedCommitment(vector: Vector, channelType: PricedChannelType): SignedCommitment {
  const keys = commitmentKeys(local, remote, point, channelType);
  const { feeratePerKw, dustLimitSat } = vector;
  const built = buildCommitment({
    channelType,
    fundingOutpoint: outpointOf(Txid(appendixC.common.funding_tx_id), 0),
    number: 42,
    keys,
    paymentBasepoints: { opener: local.payment, accepter: remote.payment },
    opener: 'owner',
    ownerGrossMsat: vector.localMsat,
    otherGrossMsat: vector.remoteMsat,
    htlcs: htlcsOf(vector),
    feeratePerKw,
    dustLimitSat,
    delayBlocks: 144,
  });
  const capacitySat = 10_000_000n;
  return { built, keys, capacitySat, channelType, feeratePerKw, delayBlocks: 144 };
}

/** The bytes of a published transaction without its witnesses. */
const bodyOf = (raw: string) => bytesToHex(bodyBytes(parseTransaction(hex(raw))));
const compact = (der: string) => compactOfDer(hex(der));
const isValid = ({ signature, message, publicKey }: SignatureToCheck) => {
  const answers = [
    isSignedBy(signature, message, publicKey),
    isSignedByReference(signature, message, publicKey),
  ];
  assert.is(answers[0], answers[1], 'the fast check and the reference differ');
  return answers[0] === true;
};

function fromJson({ Name, HtlcDescs, ...vector }: JsonVector, dustLimitSat?: bigint): Vector {
  return {
    name: Name,
    localMsat: BigInt(vector.LocalBalance),
    remoteMsat: BigInt(vector.RemoteBalance),
    feeratePerKw: vector.FeePerKw,
    dustLimitSat: dustLimitSat ?? BigInt(present(vector.DustLimitSatoshis)),
    commitment: vector.ExpectedCommitmentTxHex,
    remoteSignature: vector.RemoteSigHex,
    htlcs: HtlcDescs.map(({ RemoteSigHex, ResolutionTxHex }) => {
      return { remoteSignature: RemoteSigHex, transaction: ResolutionTxHex };
    }),
  };
}

const specification: readonly Vector[] = appendixC.vectors.map((vector) => ({
  name: vector.name,
  localMsat: BigInt(vector.to_local_msat),
  remoteMsat: BigInt(vector.to_remote_msat),
  feeratePerKw: Number(vector.local_feerate_per_kw),
  dustLimitSat: 546n,
  commitment: vector.commit_tx,
  remoteSignature: vector.remote_signature,
  htlcs: vector.htlc.map(({ remote_htlc_signature, tx }) => {
    return { remoteSignature: remote_htlc_signature, transaction: tx };
  }),
}));
const appendixF: { readonly vectors: readonly JsonVector[] } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-F-anchors.json'),
);
const lnd = (file: string): readonly Vector[] => {
  const vectors: readonly JsonVector[] = JSON.parse(fixtureText(`lnd/${file}`));
  return vectors.map((vector) => fromJson(vector, 546n));
};

interface Source {
  readonly name: string;
  readonly channelType: PricedChannelType;
  readonly vectors: readonly Vector[];
  readonly counts: { readonly commitments: number; readonly htlcs: number };
}
const sources: readonly Source[] = [
  {
    name: 'BOLT 3 appendix C',
    channelType: 'static_remotekey',
    vectors: specification,
    counts: { commitments: 16, htlcs: 33 },
  },
  {
    name: 'BOLT 3 appendix F',
    channelType: 'anchors_zero_fee_htlc_tx',
    vectors: appendixF.vectors.map((vector) => fromJson(vector)),
    counts: { commitments: 9, htlcs: 15 },
  },
  {
    name: "lnd's vectors without anchors",
    channelType: 'legacy',
    vectors: lnd('test_vectors_legacy.json'),
    counts: { commitments: 14, htlcs: 28 },
  },
  {
    name: "lnd's vectors with anchors and HTLC fees",
    channelType: 'anchors',
    vectors: lnd('test_vectors_anchors.json'),
    counts: { commitments: 14, htlcs: 28 },
  },
];

for (const { name, channelType, vectors, counts } of sources) {
  const tests = suite(name);

  tests('every commitment is built to the byte', () => {
    assert.is(vectors.length, counts.commitments);
    for (const vector of vectors) {
      const { built } = signedCommitment(vector, channelType);
      assert.is(bytesToHex(bodyBytes(built.body)), bodyOf(vector.commitment), vector.name);
      const published = parseTransaction(hex(vector.commitment));
      assert.is(txidOfBody(built.body), published.txid);
    }
  });

  tests('every HTLC transaction is built to the byte, in the order of the signatures', () => {
    let count = 0;
    for (const vector of vectors) {
      const commitment = signedCommitment(vector, channelType);
      const { built, ...rest } = commitment;
      const stage = { ...rest, commitmentTxid: txidOfBody(built.body) };
      const bodies = built.htlcOutputs.map((output) => buildHtlcTransaction(stage, output));
      assert.equal(
        bodies.map((body) => bytesToHex(bodyBytes(body))),
        vector.htlcs.map(({ transaction }) => bodyOf(transaction)),
        vector.name,
      );
      count += bodies.length;
    }
    assert.is(count, counts.htlcs);
  });

  tests("every signature of the peer's is valid, and none is with one bit changed", () => {
    for (const vector of vectors) {
      const commitment = signedCommitment(vector, channelType);
      const checks = [
        commitmentSignature(commitment, compact(vector.remoteSignature)),
        ...htlcSignatures(
          commitment,
          vector.htlcs.map(({ remoteSignature }) => compact(remoteSignature)),
        ),
      ];
      for (const check of checks) {
        assert.ok(isValid(check), vector.name);
        const message = Uint8Array.from(check.message);
        message[40] = (message[40] ?? 0) ^ 1;
        assert.not(isValid({ ...check, message }));
      }
    }
  });

  tests('both signatures in the witness of each commitment are valid', () => {
    for (const { commitment, name: vectorName } of vectors) {
      const keys = [remote.funding, local.funding] as const;
      const checks = witnessedFundingSignatures(parseTransaction(hex(commitment)), {
        valueSat: 10_000_000n,
        keys,
      });
      assert.is(checks.filter(isValid).length, 2, vectorName);
    }
  });

  tests.run();
}

const keys = suite('the keys of appendix C');

keys('are those that the specification derives', () => {
  const derived = commitmentKeys(local, remote, point, 'legacy');
  assert.equal(derived, {
    ownerFundingKey: local.funding,
    otherFundingKey: remote.funding,
    revocationKey: given('local_revocation_pubkey'),
    delayedKey: given('local_delayedpubkey'),
    ownerHtlcKey: given('local_htlcpubkey'),
    otherHtlcKey: given('remote_htlcpubkey'),
    otherPaymentKey: given('remote_htlcpubkey'),
  });
});

keys.run();
