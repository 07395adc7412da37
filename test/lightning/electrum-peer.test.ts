/**
 * Thousands of random commitments built here and by Electrum's library: transaction for transaction,
 * and signed message for signed message. Its channels have no anchors; LDK stands for those.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bigintToBytes, bytesToHex } from '../../src/lightning/bytes.ts';
import { fundingScript } from '../../src/lightning/closing.ts';
import { type Basepoints, commitmentKeys } from '../../src/lightning/commitment-keys.ts';
import { htlcSignatures } from '../../src/lightning/commitment-signatures.ts';
import {
  buildCommitment,
  type CommitmentDescription,
} from '../../src/lightning/commitment-transaction.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { buildHtlcTransaction } from '../../src/lightning/htlc-transaction.ts';
import { outpointOf, splitOutpoint, Txid } from '../../src/lightning/ids.ts';
import { pointOfSecret } from '../../src/lightning/keys.ts';
import { ShachainStore, shachainIndex, shachainSecret } from '../../src/lightning/shachain.ts';
import { bodyBytes, signedMessage, txidOfBody } from '../../src/lightning/transaction-bytes.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';

/** Each end's keys and a point; deriving keys costs more than building all the rest. */
const KEY_SETS = 150;
const STATES_PER_KEY_SET = 20;
const SHACHAINS = 12;

const seed = seedOfRun();
const below = randomNumbers(seed);
const between = (low: number, high: number) => low + below(high - low + 1);
const oneOf = <Value>(...values: readonly [Value, ...Value[]]): Value =>
  values[below(values.length)] ?? values[0];
const bytes32 = () => sha256(new TextEncoder().encode(`${seed}/${below(2 ** 32)}`));
const point = () => pointOfSecret(bytes32());

interface State {
  readonly description: CommitmentDescription;
  readonly owner: Basepoints;
  readonly other: Basepoints;
  readonly point: Uint8Array;
  readonly capacitySat: bigint;
}

function basepoints(): Basepoints {
  return {
    funding: point(),
    revocation: point(),
    payment: point(),
    delayedPayment: point(),
    htlc: point(),
  };
}

function statesOfOneKeySet(): readonly State[] {
  const [owner, other, perCommitmentPoint] = [basepoints(), basepoints(), point()];
  const channelType = oneOf('legacy', 'static_remotekey');
  const keys = commitmentKeys(owner, other, perCommitmentPoint, channelType);
  return Array.from({ length: STATES_PER_KEY_SET }, () => {
    const opener = oneOf('owner', 'other');
    const dustLimitSat = BigInt(oneOf(294, 330, 354, 546, 1000));
    const feeratePerKw = oneOf(0, 253, between(253, 5000), between(253, 100_000));
    const htlcs = randomHtlcs(dustLimitSat, feeratePerKw);
    const heldMsat = htlcs.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
    const ownerGrossMsat = BigInt(oneOf(0, below(2_000_000), below(2_000_000_000)));
    const otherGrossMsat = BigInt(oneOf(0, below(2_000_000), below(2_000_000_000)));
    const restMsat = (1000n - ((heldMsat + ownerGrossMsat + otherGrossMsat) % 1000n)) % 1000n;
    const description: CommitmentDescription = {
      channelType,
      fundingOutpoint: outpointOf(Txid(bytesToHex(bytes32())), below(3)),
      number: oneOf(0, below(1000), below(2 ** 48)),
      keys,
      paymentBasepoints:
        opener === 'owner'
          ? { opener: owner.payment, accepter: other.payment }
          : { opener: other.payment, accepter: owner.payment },
      opener,
      ownerGrossMsat: ownerGrossMsat + restMsat,
      otherGrossMsat,
      htlcs,
      feeratePerKw,
      dustLimitSat,
      // Scripts push small numbers by an opcode and those with a top bit with one more byte.
      delayBlocks: oneOf(1, 16, 17, 127, 128, 144, 255, 256, between(1, 2016), 65_535),
    };
    const capacitySat = (heldMsat + ownerGrossMsat + restMsat + otherGrossMsat) / 1000n;
    return { description, owner, other, point: perCommitmentPoint, capacitySat };
  });
}

/** Around what is trimmed, and with equal ones among them. */
function randomHtlcs(dustLimitSat: bigint, feeratePerKw: number): CommitmentDescription['htlcs'] {
  const htlcs = Array.from({ length: oneOf(0, 1, below(4), below(15)) }, () => {
    const isOfferedByOwner = below(2) === 0;
    const weight = isOfferedByOwner ? 663n : 703n;
    const thresholdSat = dustLimitSat + (weight * BigInt(feeratePerKw)) / 1000n;
    const nearMsat = thresholdSat * 1000n + BigInt(between(-2000, 2000));
    return {
      isOfferedByOwner,
      amountMsat: oneOf(nearMsat, BigInt(between(1, 500_000_000))),
      paymentHash: bytes32(),
      cltvExpiry: oneOf(between(1, 16), between(17, 1_000_000), between(1, 499_999_999)),
    };
  });
  const [first] = htlcs;
  if (first !== undefined && below(10) < 3) {
    htlcs.push({ ...first }, { ...first, cltvExpiry: first.cltvExpiry + 1 });
  }
  return htlcs;
}

const hexOf = (points: Basepoints) =>
  Object.fromEntries(Object.entries(points).map(([name, key]) => [name, bytesToHex(key)]));

function asked({ description, owner, other, point, capacitySat }: State): object {
  const { htlcs, fundingOutpoint } = description;
  const { txid, vout } = splitOutpoint(fundingOutpoint);
  return {
    owner: hexOf(owner),
    other: hexOf(other),
    point: bytesToHex(point),
    isLegacy: description.channelType === 'legacy',
    opener: description.opener,
    number: description.number,
    fundingTxid: txid,
    fundingIndex: vout,
    capacitySat: Number(capacitySat),
    ownerGrossMsat: Number(description.ownerGrossMsat),
    otherGrossMsat: Number(description.otherGrossMsat),
    feeratePerKw: description.feeratePerKw,
    dustLimitSat: Number(description.dustLimitSat),
    delayBlocks: description.delayBlocks,
    htlcs: htlcs.map(({ isOfferedByOwner, amountMsat, paymentHash, cltvExpiry }) => {
      const hash = bytesToHex(paymentHash);
      return { isOfferedByOwner, amountMsat: Number(amountMsat), paymentHash: hash, cltvExpiry };
    }),
  };
}

interface Answer {
  readonly states: readonly {
    readonly txid: string;
    readonly raw: string;
    readonly signed: string;
    readonly htlcs: readonly { readonly txid: string; readonly signed: string }[];
  }[];
  readonly shachains: readonly {
    readonly buckets: readonly (readonly [index: string, secret: string])[];
    readonly secrets: readonly string[];
  }[];
}

/** The same of ours. */
function built({ description, capacitySat }: State): Answer['states'][number] {
  const commitment = buildCommitment(description);
  const { keys, channelType, feeratePerKw, delayBlocks } = description;
  const txid = txidOfBody(commitment.body);
  const stage = { commitmentTxid: txid, channelType, feeratePerKw, keys, delayBlocks };
  const signed = { built: commitment, keys, capacitySat, channelType, feeratePerKw, delayBlocks };
  const noSignatures = commitment.htlcOutputs.map(() => new Uint8Array(64));
  const messages = htlcSignatures(signed, noSignatures).map(({ message }) => message);
  return {
    txid,
    raw: bytesToHex(bodyBytes(commitment.body)),
    signed: bytesToHex(
      signedMessage(commitment.body, {
        inputIndex: 0,
        valueSat: capacitySat,
        script: fundingScript(keys.ownerFundingKey, keys.otherFundingKey),
        sighash: 'all',
      }),
    ),
    htlcs: commitment.htlcOutputs.map((output, nth) => ({
      txid: txidOfBody(buildHtlcTransaction(stage, output)),
      signed: bytesToHex(messages[nth] ?? new Uint8Array(0)),
    })),
  };
}

const states = Array.from({ length: KEY_SETS }, statesOfOneKeySet).flat();
const shachains = Array.from({ length: SHACHAINS }, () => {
  const revealed = between(1, 600);
  return { seed: bytes32(), revealed, asked: Array.from({ length: 20 }, () => below(revealed)) };
});
const answer = electrum({
  states: states.map(asked),
  shachains: shachains.map((one) => ({ ...one, seed: bytesToHex(one.seed) })),
});

/** Debian's library belongs to the system's own Python, whatever other one is first in the path. */
function electrum(question: object): Answer {
  const script = fileURLToPath(new URL('electrum-peer.py', import.meta.url));
  const input = JSON.stringify(question);
  const run = spawnSync('/usr/bin/python3', [script], { input, maxBuffer: 1 << 30 });
  if (run.status === 0) return JSON.parse(run.stdout.toString()) as Answer;
  const why = run.error?.message ?? run.stderr.toString().trim().split('\n').at(-1);
  throw new Error(
    `Electrum's library did not answer: install Debian's python3-electrum (4.3.4), as .ci/run does: ${why}`,
  );
}

const commitments = suite(`Electrum's library (seed ${seed})`);

commitments('builds the same commitments, byte for byte, and signs the same message', () => {
  assert.is(answer.states.length, KEY_SETS * STATES_PER_KEY_SET);
  let htlcs = 0;
  states.forEach((state, nth) => {
    assert.equal(built(state), answer.states[nth], `state ${nth}`);
    htlcs += answer.states[nth]?.htlcs.length ?? 0;
  });
  // Otherwise the states would be too dull to say anything.
  assert.ok(htlcs > states.length);
});

commitments('keeps the same secrets of a revocation store, and has the same ones back', () => {
  shachains.forEach(({ seed: secretSeed, revealed, asked: numbers }, nth) => {
    const store = new ShachainStore();
    for (let number = 0; number < revealed; number++) {
      const index = shachainIndex(number);
      assert.is(store.insert(index, shachainSecret(secretSeed, index)), 'stored');
    }
    const { buckets, secrets } = answer.shachains[nth] ?? { buckets: [], secrets: [] };
    const kept = buckets.map(([index, secret]) => ({
      index: BigInt(index),
      secret: new Uint8Array(Buffer.from(secret, 'hex')),
    }));
    assert.equal(store.toBytes(), ShachainStore.fromEntries(kept).toBytes());
    const hadBack = numbers.map((number) => store.secretAt(shachainIndex(number)));
    assert.equal(
      hadBack.map((secret) => bytesToHex(secret ?? bigintToBytes(0n, 1))),
      secrets,
    );
  });
});

commitments.run();
