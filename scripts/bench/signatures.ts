/** Signatures checked and commitments rebuilt, by the threads that `verify --signatures` uses. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { ProofQueue } from '../../src/ledger/verify/proof-queue.ts';
import type { Basepoints } from '../../src/lightning/commitment-keys.ts';
import type { CommitmentClaim } from '../../src/lightning/commitment-proof.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { Outpoint } from '../../src/lightning/ids.ts';
import { pointOfSecret } from '../../src/lightning/keys.ts';
import { isValid, type SignatureToCheck } from '../../src/lightning/signatures.ts';
import { type Figure, perSecond, timed } from './figure.ts';

/** ECDSA checks a second on two cores. */
const WANTED = 2_500;
const KEYS = 200;
/** As many as an announcement has. */
const TOGETHER = 4;

export async function signatureFigures(isQuick: boolean): Promise<Figure[]> {
  const checks = signed(KEYS);
  const total = isQuick ? 4_000 : 20_000;
  const ms = await timed(() => checkedByThreads(checks, total));
  const one = await timed(() => checks.map(isValid));
  const perMs = total / ms;
  const states = isQuick ? 300 : 2_000;
  const rebuiltMs = await timed(() => rebuiltByThreads(states));
  const cores = availableParallelism();
  return [
    {
      name: `ECDSA signatures checked, ${cores} cores`,
      measured: perSecond(total, ms),
      ceiling: `${perSecond(checks.length, one)} by one thread`,
      ratio: (perMs * 1000) / WANTED,
      // An absolute figure says more of the machine than of the program: not for CI.
      ...(!isQuick && { wanted: { atLeast: 1 } }),
    },
    {
      name: `commitments rebuilt with 2 HTLCs, 3 signatures each, ${cores} cores`,
      measured: perSecond(states, rebuiltMs),
    },
  ];
}

async function checkedByThreads(checks: readonly SignatureToCheck[], total: number): Promise<void> {
  const queue = new ProofQueue();
  let valid = 0;
  for (let nth = 0; nth < total; nth += TOGETHER) {
    const at = nth % (checks.length - TOGETHER);
    queue.add({ kind: 'signatures', checks: checks.slice(at, at + TOGETHER) }, (answer) => {
      if (answer.kind === 'signatures') valid += answer.areValid.filter((one) => one).length;
    });
    await queue.advance();
  }
  await queue.finish();
  await queue.close();
  if (valid !== total) throw new Error(`${valid} of ${total} signatures were found valid`);
}

function signed(count: number): readonly SignatureToCheck[] {
  return Array.from({ length: count }, (_, nth) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
    const parity = 2 + ((point.at(-1) ?? 0) & 1);
    const message = new TextEncoder().encode(`message ${nth}`);
    const once = createHash('sha256').update(message).digest();
    const signature = sign('sha256', once, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return {
      signature: new Uint8Array(signature),
      message,
      publicKey: Uint8Array.from([parity, ...point.subarray(1, 33)]),
    };
  });
}

/** Another point and number each: nothing of one commitment serves the next. */
async function rebuiltByThreads(states: number): Promise<void> {
  const [owner, other] = [end('owner'), end('other')];
  const queue = new ProofQueue();
  const claims = Array.from({ length: Math.min(states, KEYS) }, (_, nth) => {
    return claim(owner, other, nth);
  });
  let told = 0;
  for (let nth = 0; nth < states; nth++) {
    const one = claims[nth % claims.length];
    if (one === undefined) break;
    queue.add({ kind: 'commitment', claim: one }, () => told++);
    await queue.advance();
  }
  await queue.finish();
  await queue.close();
  if (told !== states) throw new Error(`${told} of ${states} commitments were answered`);
}

function claim(owner: Basepoints, other: Basepoints, number: number): CommitmentClaim {
  const htlc = (isOfferedByOwner: boolean) => ({
    isOfferedByOwner,
    amountMsat: 50_000_000n,
    cltvExpiry: 800_000 + number,
    paymentHash: bytes(`hash ${number}`),
  });
  return {
    fundingOutpoint: Outpoint(`${'ab'.repeat(32)}:0`),
    capacitySat: 1_000_000n,
    ownerFundingKey: owner.funding,
    otherFundingKey: other.funding,
    rebuilding: {
      basis: {
        channelType: 'anchors_zero_fee_htlc_tx',
        opener: 'owner',
        owner,
        other,
        dustLimitSat: 354n,
        delayBlocks: 144,
      },
      number,
      perCommitmentPoint: pointOfSecret(bytes(`point ${number}`)),
      ownerGrossMsat: 500_000_000n,
      otherGrossMsat: 400_000_000n,
      feeratePerKw: 253,
      htlcs: [htlc(true), htlc(false)],
    },
    signature: new Uint8Array(64).fill(1),
    htlcSignatures: [new Uint8Array(64).fill(1), new Uint8Array(64).fill(1)],
  };
}

function end(name: string): Basepoints {
  const point = (what: string) => pointOfSecret(bytes(`${name} ${what}`));
  return {
    funding: point('funding'),
    revocation: point('revocation'),
    payment: point('payment'),
    delayedPayment: point('delayed'),
    htlc: point('htlc'),
  };
}

function bytes(text: string): Uint8Array {
  return sha256(new TextEncoder().encode(text));
}
