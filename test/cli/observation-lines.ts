/** What a program of somebody's own would hand to `import observations`: one channel, opened and used. */

import { observationText } from '../../src/ledger/observation-json.ts';
import { channelIdOfOutpoint, Outpoint, ShortChannelId } from '../../src/lightning/ids.ts';
import type {
  ChannelObservation,
  Observation,
  ObservationHeader,
} from '../../src/observation/observation.ts';
import { parseTimeNs } from '../../src/schema/time.ts';
import { alice, bob } from './views.ts';

const fundingOutpoint = Outpoint(`${'9e'.repeat(32)}:0`);
export const channelId = channelIdOfOutpoint(fundingOutpoint);
export const shortChannelId = ShortChannelId('120x1x0');
export const paymentHash = 'f00d'.repeat(16);

const startNs = parseTimeNs('2026-03-14T15:00:00Z');
let seconds = 0n;

/** What alice's program says of itself, of something it saw as it happened. */
export function mine(atNs: bigint, evidence: string, key = evidence): ObservationHeader {
  return {
    chain: 'regtest',
    nodeId: alice,
    source: 'mine',
    happenedAtNs: atNs,
    timeBasis: 'source',
    recordedAtNs: atNs,
    evidence,
    key,
  };
}

function header(): ObservationHeader {
  seconds += 1n;
  return mine(startNs + seconds * 1_000_000_000n, `row ${seconds}`, String(seconds));
}

function aboutChannel(fact: ChannelObservation['fact']): Observation {
  return { ...header(), about: 'channel', channelId, fact };
}

const commitment = { fundingOutpoint, feeratePerKw: 253, removed: [] };
const htlc = {
  id: 0,
  direction: 'offered' as const,
  amountMsat: 30_000_000n,
  cltvExpiry: 200,
  paymentHash,
};

export const observations: readonly Observation[] = [
  aboutChannel({
    type: 'ChannelOpened',
    data: {
      channelId,
      fundingOutpoint,
      peerId: bob,
      opener: 'local',
      capacitySat: 1_000_000n,
      pushMsat: 100_000_000n,
      channelType: 'static_remotekey',
      isPrivate: false,
      local: {},
      remote: {},
      feeratePerKw: 253,
    },
  }),
  aboutChannel({
    type: 'FundingConfirmed',
    data: { fundingOutpoint, height: 120, blockHash: '00'.repeat(32), shortChannelId },
  }),
  aboutChannel({ type: 'ChannelReady', data: { fundingOutpoint } }),
  aboutChannel({
    type: 'CommitmentSeen',
    data: { ...commitment, side: 'remote', number: 1, htlcs: [htlc] },
  }),
  aboutChannel({
    type: 'CommitmentSeen',
    data: { ...commitment, side: 'local', number: 1, htlcs: [htlc] },
  }),
  {
    ...header(),
    about: 'peer',
    peerId: bob,
    fact: { type: 'PeerRenamed', data: { alias: '\u001b[2Jbob\u202e' } },
  },
];

export const observationLines = observations.map(observationText);
