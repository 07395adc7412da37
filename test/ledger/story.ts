/**
 * One channel's life as a source tells it, small and complete: opened, announced, an HTLC paid, fees
 * changed, closed together. Every secret, preimage and signature in it is a real one.
 */
import type { ChannelFact } from '../../src/channel/observations.ts';
import { bytesToHex } from '../../src/lightning/bytes.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import {
  ChannelId,
  channelIdOfOutpoint,
  Outpoint,
  ShortChannelId,
  Txid,
} from '../../src/lightning/ids.ts';
import { pointOfSecret } from '../../src/lightning/keys.ts';
import { shachainIndex, shachainSecret } from '../../src/lightning/shachain.ts';
import type { Observation, ObservationHeader } from '../../src/observation/observation.ts';
import {
  announcementHex,
  inOrder,
  nodeAnnouncementHex,
  testKey,
  updateHex,
} from './signed-gossip.ts';

export const us = testKey('us');
export const peer = testKey('peer');
const fundingKeys = inOrder(testKey('our funding'), testKey('their funding'));
export const [node1, node2] = inOrder(us, peer);
const ourDirection = node1 === us ? 0 : 1;
export const theirDirection = ourDirection === 0 ? 1 : 0;

export const channelId = ChannelId('11'.repeat(32));
export const fundingOutpoint = Outpoint(`${'11'.repeat(32)}:0`);
export const shortChannelId = ShortChannelId('500x1x0');
export const blockHash = '22'.repeat(32);
export const closingTxid = Txid('33'.repeat(32));
export const preimage = bytesToHex(sha256(Buffer.from('the preimage')));
export const paymentHash = bytesToHex(sha256(sha256(Buffer.from('the preimage'))));

const seeds = { local: sha256(Buffer.from('our seed')), remote: sha256(Buffer.from('their seed')) };

export function secretHex(side: 'local' | 'remote', number: number): string {
  return bytesToHex(shachainSecret(seeds[side], shachainIndex(number)));
}

export function pointHex(side: 'local' | 'remote', number: number): string {
  return bytesToHex(pointOfSecret(shachainSecret(seeds[side], shachainIndex(number))));
}

export const START_NS = 1_767_225_600_000_000_000n;

/** Headers a second apart; each call is the next moment. */
export class Clock {
  #nth = 0;
  readonly #source: string;
  readonly #startNs: bigint;

  constructor(source = 'ldk', startNs = START_NS) {
    this.#source = source;
    this.#startNs = startNs;
  }

  next(changes: Partial<ObservationHeader> = {}): ObservationHeader {
    const atNs = this.#startNs + BigInt(this.#nth) * 1_000_000_000n;
    const key = `record ${this.#nth++}`;
    return {
      chain: 'regtest',
      nodeId: us.nodeId,
      source: this.#source,
      happenedAtNs: atNs,
      timeBasis: 'source',
      recordedAtNs: atNs,
      evidence: key,
      key,
      ...changes,
    };
  }
}

/** 1,000,000 sat, opened by us, 200,000 sat pushed, BOLT 3 legacy fees at 253 sat/kw. */
export const opened = {
  type: 'ChannelOpened',
  data: {
    channelId,
    fundingOutpoint,
    peerId: peer.nodeId,
    opener: 'local',
    capacitySat: 1_000_000n,
    pushMsat: 200_000_000n,
    channelType: 'static_remotekey',
    isPrivate: false,
    local: {
      dustLimitSat: 354n,
      csvDelayBlocks: 144,
      firstPerCommitmentPoint: pointHex('local', 0),
    },
    remote: {
      dustLimitSat: 354n,
      csvDelayBlocks: 144,
      firstPerCommitmentPoint: pointHex('remote', 0),
    },
    feeratePerKw: 253,
  },
  secret: { localDeliveryScript: `0014${'5a'.repeat(20)}` },
} satisfies ChannelFact;

/** The same of a channel with another funding. */
export function openingOf(fundingOutpoint: Outpoint): ChannelFact {
  const data = { ...opened.data, channelId: channelIdOfOutpoint(fundingOutpoint), fundingOutpoint };
  return { ...opened, data };
}

const htlc = {
  id: 0,
  direction: 'offered',
  amountMsat: 50_000_000n,
  cltvExpiry: 600,
  paymentHash,
} as const;

export function commitment(
  side: 'local' | 'remote',
  number: number,
  rest: Partial<Extract<ChannelFact, { readonly type: 'CommitmentSeen' }>['data']> = {},
): ChannelFact {
  return {
    type: 'CommitmentSeen',
    data: {
      side,
      number,
      fundingOutpoint,
      feeratePerKw: 253,
      htlcs: [],
      removed: [],
      perCommitmentPoint: pointHex(side, number),
      ...rest,
    },
  };
}

export function revoked(side: 'local' | 'remote', number: number): ChannelFact {
  return {
    type: 'CommitmentRevoked',
    data: { side, number },
    secret: { secret: secretHex(side, number) },
  };
}

// BOLT 3: 724 weight at 253 sat/kw is 183 sat, with one untrimmed HTLC (896) 226 sat.
const held = { htlcs: [htlc], stated: { localSat: 749_774n, remoteSat: 200_000n } };
const paid = {
  removed: [{ id: 0, direction: 'offered', outcome: 'settled', preimage } as const],
  stated: { localSat: 749_817n, remoteSat: 250_000n },
};

/** An HTLC offered, held by both commitments, and paid. */
export const payment: readonly ChannelFact[] = [
  commitment('remote', 1, held),
  revoked('remote', 0),
  commitment('local', 1, held),
  revoked('local', 0),
  commitment('local', 2, paid),
  revoked('local', 1),
  commitment('remote', 2, paid),
  revoked('remote', 1),
];

const terms = {
  isDisabled: false,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  htlcMaximumMsat: 900_000_000n,
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 10,
} as const;
const ours = { ...terms, timestamp: 1_767_225_700 };
const theirs = { ...terms, feeBaseMsat: 0n, timestamp: 1_767_225_701 };
const ourUpdate = updateHex(shortChannelId, { ...ours, direction: ourDirection }, us);
const theirUpdate = updateHex(shortChannelId, { ...theirs, direction: theirDirection }, peer);
export const announcement = announcementHex(shortChannelId, [node1, node2], fundingKeys);

export const opening: readonly ChannelFact[] = [
  opened,
  {
    type: 'FundingConfirmed',
    data: { fundingOutpoint, height: 500, blockHash, shortChannelId },
  },
  { type: 'ChannelReady', data: { fundingOutpoint } },
  { type: 'ChannelAnnounced', data: { shortChannelId, raw: announcement } },
  { type: 'FeePolicyChanged', data: { side: 'local', ...ours, raw: ourUpdate } },
  { type: 'FeePolicyChanged', data: { side: 'remote', ...theirs, raw: theirUpdate } },
];

export const closing: readonly ChannelFact[] = [
  {
    type: 'ShutdownStarted',
    data: { by: 'local' },
    secret: { script: `0014${'6b'.repeat(20)}` },
  },
  { type: 'CloseStarted', data: { by: 'local', reason: 'asked to' } },
  {
    type: 'ChannelClosed',
    data: {
      fundingOutpoint,
      closingTxid,
      height: 510,
      blockHash: '44'.repeat(32),
      kind: 'cooperative',
      initiator: 'local',
      outputs: [
        { index: 0, valueSat: 749_800n, what: 'cooperative-local' },
        { index: 1, valueSat: 250_000n, what: 'cooperative-remote' },
      ],
      feeSat: 200n,
    },
    secret: { scripts: [`0014${'7c'.repeat(20)}`, `0014${'8d'.repeat(20)}`] },
  },
  { type: 'ChannelFullyResolved', data: { height: 510 } },
];

export function channelStory(
  facts: readonly ChannelFact[] = [...opening, ...payment, ...closing],
  clock = new Clock(),
  id = channelId,
): Observation[] {
  return facts.map((fact) => ({ ...clock.next(), about: 'channel', channelId: id, fact }));
}

/** The channel's life with its peer, its node and what the network heard. */
export function wholeStory(clock = new Clock()): Observation[] {
  const raw = nodeAnnouncementHex(peer, 1_767_225_650, 'their node');
  return [
    {
      ...clock.next(),
      about: 'node',
      fact: { type: 'RecordingStarted', data: { recorder: 'a test', alias: 'us' } },
    },
    {
      ...clock.next(),
      about: 'node',
      fact: { type: 'BestBlockChanged', data: { height: 499, blockHash: '55'.repeat(32) } },
    },
    {
      ...clock.next(),
      about: 'peer',
      peerId: peer.nodeId,
      fact: { type: 'PeerConnected', data: { isInbound: false, features: '0a' } },
    },
    {
      ...clock.next(),
      about: 'peer',
      peerId: peer.nodeId,
      fact: { type: 'PeerRenamed', data: { alias: 'their node', raw } },
    },
    ...channelStory(opening, clock),
    ...gossipStory(clock),
    ...channelStory(payment, clock),
    {
      ...clock.next(),
      about: 'node',
      fact: { type: 'PaymentSent', data: { amountMsat: 50_000_000n, feeMsat: 0n } },
      paymentHash,
    },
    ...channelStory(closing, clock),
  ];
}

export function gossipStory(clock = new Clock()): Observation[] {
  return [
    {
      ...clock.next(),
      about: 'gossip',
      shortChannelId,
      fact: {
        type: 'PublicChannelAnnounced',
        data: { shortChannelId, nodeId1: node1.nodeId, nodeId2: node2.nodeId, raw: announcement },
      },
    },
    {
      ...clock.next(),
      about: 'gossip',
      shortChannelId,
      fact: {
        type: 'PublicFeePolicyChanged',
        data: { shortChannelId, direction: theirDirection, ...theirs, raw: theirUpdate },
      },
    },
  ];
}
