/** What appendix C's commitment with five HTLCs (BOLT 3) claims: all of it is valid. */
import type { CommitmentClaim } from '../../src/lightning/commitment-proof.ts';
import { Outpoint } from '../../src/lightning/ids.ts';
import { compactOfDer } from '../../src/lightning/signatures.ts';
import { appendixC, local, point, remote, vectorHtlc } from './appendix-c.ts';
import { hex, present } from './fixtures.ts';

export const vector = present(appendixC.vectors[1]);
const compact = (der: string) => compactOfDer(hex(der));

/** Without the transaction itself. */
export const claim = {
  fundingOutpoint: Outpoint(`${appendixC.common.funding_tx_id}:0`),
  capacitySat: 10_000_000n,
  ownerFundingKey: local.funding,
  otherFundingKey: remote.funding,
  signature: compact(vector.remote_signature),
  htlcSignatures: vector.htlc.map(({ remote_htlc_signature }) => compact(remote_htlc_signature)),
  rebuilding: {
    basis: {
      channelType: 'static_remotekey',
      opener: 'owner',
      owner: local,
      other: remote,
      dustLimitSat: 546n,
      delayBlocks: 144,
    },
    number: 42,
    perCommitmentPoint: point,
    ownerGrossMsat: BigInt(vector.to_local_msat),
    otherGrossMsat: BigInt(vector.to_remote_msat),
    feeratePerKw: Number(vector.local_feerate_per_kw),
    htlcs: [0, 1, 2, 3, 4].map(vectorHtlc),
  },
} satisfies CommitmentClaim;
