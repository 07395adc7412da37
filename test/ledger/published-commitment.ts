/** A commitment of BOLT 3 appendix C as an importer would tell it, and a ledger that holds it. */
import * as assert from 'uvu/assert';
import type { ChannelFact, CommitmentSeen } from '../../src/channel/observations.ts';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { channelIdOfOutpoint, Outpoint } from '../../src/lightning/ids.ts';
import { compactOfDer } from '../../src/lightning/signatures.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { bodyBytes } from '../../src/lightning/transaction-bytes.ts';
import type { ChannelObservation } from '../../src/observation/observation.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { appendixC, hexPoints, local, point, remote, vectorHtlc } from '../lightning/appendix-c.ts';
import { hex, present } from '../lightning/fixtures.ts';
import { recorderOf } from './recording.ts';
import { Clock, peer } from './story.ts';

export const vector = present(appendixC.vectors[1]);
export const published = parseTransaction(hex(vector.commit_tx));
export const unsigned = bytesToHex(bodyBytes(published));
export const compact = (der: string) => bytesToHex(compactOfDer(hex(der)));
export const fundingOutpoint = Outpoint(`${appendixC.common.funding_tx_id}:0`);

export const context = {
  peerId: peer.nodeId,
  fundingOutpoint,
  capacitySat: 10_000_000n,
  opener: 'local',
  channelType: 'static_remotekey',
  local: { dustLimitSat: 546n, csvDelayBlocks: 10, ...hexPoints(local) },
  remote: { dustLimitSat: 300n, csvDelayBlocks: 144, ...hexPoints(remote) },
} as const;

/** The published commitment with its five HTLCs, as an importer would tell it. */
export const seen: CommitmentSeen = {
  side: 'local',
  number: 42,
  fundingOutpoint,
  feeratePerKw: Number(vector.local_feerate_per_kw),
  htlcs: [
    { ...htlc(2), id: 0, direction: 'offered' },
    { ...htlc(3), id: 1, direction: 'offered' },
    { ...htlc(0), id: 0, direction: 'received' },
    { ...htlc(1), id: 1, direction: 'received' },
    { ...htlc(4), id: 2, direction: 'received' },
  ],
  removed: [],
  // 7,000,000 and 3,000,000 sat, less 10,000 of HTLCs and the fee of 0 (feerate 0).
  stated: { localSat: 6_988_000n, remoteSat: 3_000_000n },
  txid: published.txid,
  signatures: {
    scheme: 'ecdsa',
    commitment: compact(vector.remote_signature),
    htlcs: vector.htlc.map(({ remote_htlc_signature }) => compact(remote_htlc_signature)),
  },
  perCommitmentPoint: bytesToHex(point),
};

function htlc(number: number) {
  const { amountMsat, cltvExpiry, paymentHash } = vectorHtlc(number);
  return { amountMsat, cltvExpiry, paymentHash: bytesToHex(paymentHash) };
}

export const { signatures, ...unsignedSeen } = seen;
export const told = present(signatures);

interface Told {
  readonly facts: readonly ChannelFact[];
  readonly about?: object;
}

export async function storeOf({ facts, about = {} }: Told): Promise<MemoryStore> {
  const clock = new Clock('lnd-db');
  const store = new MemoryStore();
  const observations = facts.map(
    (fact): ChannelObservation => ({
      ...clock.next(),
      about: 'channel',
      channelId: channelIdOfOutpoint(fundingOutpoint),
      context: { ...context, ...about },
      fact,
    }),
  );
  const report = await recorderOf(store).record(observations);
  assert.is(report.quarantined, 0);
  return store;
}
