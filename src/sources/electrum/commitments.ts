/** Every commitment of a channel and every revocation, from its update log. */

import type { Side } from '../../channel/fields.ts';
import type { ChannelFact, HtlcRemoved, HtlcSeen } from '../../channel/observations.ts';
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { isSecretOfPoint, pointOfSecret } from '../../lightning/keys.ts';
import { ShachainStore, shachainIndex } from '../../lightning/shachain.ts';
import type { Tally } from '../tally.ts';
import { type ChannelTerms, localSecret } from './channel-terms.ts';
import type { Passed } from './replay.ts';
import type { LoggedCommitment, LoggedHtlc } from './update-log.ts';
import type { WalletChannel } from './wallet-schema.ts';

export interface CommitmentPoint {
  readonly hex: string;
  /** Of the peer's: worked out from the secret that it revealed, as the wallet had overwritten the point. */
  readonly isDerived: boolean;
}

/** The secrets and points of both sides' commitments. */
export interface Secrets {
  /** Ours, all of them; the peer's as far as they were revealed. */
  readonly secretOf: (side: Side, number: number) => Uint8Array | undefined;
  readonly pointOf: (side: Side, number: number) => CommitmentPoint | undefined;
}

export function secretsOf(
  { local_config, revocation_store }: WalletChannel,
  passed: Passed | undefined,
): Secrets | string {
  const seed = hexToBytes(local_config.per_commitment_secret_seed, 'seed');
  let store: ShachainStore;
  try {
    store = ShachainStore.fromEntries(
      Object.values(revocation_store.buckets).flatMap((entry) => {
        return entry === null ? [] : [{ index: BigInt(entry[1]), secret: hexToBytes(entry[0]) }];
      }),
    );
  } catch {
    return 'the secrets that the peer revealed do not come from one seed';
  }
  const secretOf = (side: Side, number: number) => {
    return side === 'local' ? localSecret(seed, number) : store.secretAt(shachainIndex(number));
  };
  const pointOf = (side: Side, number: number): CommitmentPoint | undefined => {
    // What the peer gave before it revealed the secret comes first: the two are held against each other.
    const stored = side === 'remote' ? passed?.remotePoints.get(number) : undefined;
    if (stored !== undefined) return { hex: stored, isDerived: false };
    const secret = secretOf(side, number);
    const isDerived = side === 'remote';
    return secret && { hex: bytesToHex(pointOfSecret(secret)), isDerived };
  };
  return { secretOf, pointOf };
}

/** Every revealed secret whose point was stored before it, held against it; a wrong one is named. */
export function checkSecrets(
  { secretOf }: Secrets,
  passed: Passed | undefined,
  tally: Tally,
  place: string,
): void {
  for (const [number, point] of passed?.remotePoints ?? []) {
    const secret = secretOf('remote', number);
    if (secret === undefined) continue;
    const isRight = isSecretOfPoint(secret, hexToBytes(point, 'point'));
    if (isRight) tally.checked('revealed secrets', 'valid');
    else {
      const reason = 'the secret that was revealed is not the one behind its point';
      tally.wrong('revealed secrets', `${place}, remote commitment ${number}`, reason);
    }
  }
}

export interface CommitmentSource {
  readonly terms: ChannelTerms;
  readonly secrets: Secrets;
  readonly passed: Passed | undefined;
  /** By payment hash. */
  readonly preimageOf: (paymentHash: string) => string | undefined;
}

export function commitmentFact(
  { terms, secrets, passed, preimageOf }: CommitmentSource,
  { side, number, feeratePerKw, htlcs, removed }: LoggedCommitment,
): ChannelFact {
  const point = secrets.pointOf(side, number);
  // The peer's signatures on ours are kept; those we gave on the peer's are not.
  const signed = side === 'local' ? passed?.signed.get(number) : undefined;
  return {
    type: 'CommitmentSeen',
    data: {
      side,
      number,
      fundingOutpoint: terms.fundingOutpoint,
      feeratePerKw,
      htlcs: Array.from(htlcs, seen),
      removed: removed.map((htlc) => removal(htlc, preimageOf)),
      ...(signed && {
        signatures: {
          scheme: 'ecdsa',
          commitment: signed.commitment,
          htlcs: signed.htlcs.match(/.{128}/g) ?? [],
        },
      }),
      ...(point !== undefined && { perCommitmentPoint: point.hex }),
      ...(point?.isDerived && { isPointDerived: true }),
    },
  };
}

export function htlcAddedFact(htlc: LoggedHtlc): ChannelFact {
  const { paymentHash, ...data } = seen(htlc);
  return { type: 'HtlcAdded', data, ...(paymentHash && { secret: { paymentHash } }) };
}

/**
 * The peer's secret, which it revealed. Ours is not told: it would be made from the same seed as the point
 * it is held against, and prove nothing.
 */
export function revocationFact(
  { secrets }: CommitmentSource,
  side: Side,
  number: number,
): ChannelFact {
  const secret = side === 'remote' ? secrets.secretOf(side, number) : undefined;
  return {
    type: 'CommitmentRevoked',
    data: { side, number },
    ...(secret !== undefined && { secret: { secret: bytesToHex(secret) } }),
  };
}

function seen({ id, direction, amountMsat, cltvExpiry, paymentHash }: LoggedHtlc): HtlcSeen {
  return { id, direction, amountMsat, cltvExpiry, paymentHash };
}

function removal(
  { id, direction, removed, paymentHash }: LoggedHtlc,
  preimageOf: CommitmentSource['preimageOf'],
): HtlcRemoved {
  const outcome = removed?.outcome ?? 'failed';
  const preimage = outcome === 'settled' ? preimageOf(paymentHash) : undefined;
  return { id, direction, outcome, ...(preimage !== undefined && { preimage }) };
}
