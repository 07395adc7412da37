/**
 * What is truly unknown to a ledger that was not told one observation, by the fact it told: the places
 * of `answersOf` that may differ, and no others. Whatever another observation says too is not among them.
 */
import type { Observation } from '../../src/observation/observation.ts';

interface Unknown {
  /** Patterns of places; see `placesOf` for the words in braces. */
  readonly places: readonly string[];
  /** A gap is what must be reported, not only what may be. */
  readonly isGap?: boolean;
}

const NOTHING: Unknown = { places: [] };
const GAP = ['{channel}/gaps/0/.*'];
const INEXACT_TOTALS = [
  ...GAP,
  '{channel}/totals/isAtLeast',
  '({channel}/lifetime|{peer})/is[a-zA-Z]+AtLeast',
];
const ENDED_HTLC = [
  ...INEXACT_TOTALS,
  '{channel}/htlcs/[0-9]+/outcome',
  '{channel}/(totals|lifetime)/[a-zA-Z]+',
  // After the close what has not ended is pending.
  '{channel}/pending[a-zA-Z]+',
  '{peer}/(sent|received)Msat',
];
/** Whether a peer was connected when recording ended. */
const AT_STOP = ['peers/{node}/[0-9a-f]+/(isConnected|wasConnected|connectionKnownAt|lastSeenAt)'];

/** What a close cost is its fee, and our last balance less what came; unknown while HTLCs are in the way. */
const COST = ['{channel}/costToUs/[a-zA-Z]+'];
/** The newest commitment of its side: that side is known as it was before. Totals are not touched. */
const NEWEST_COMMITMENT = [...INEXACT_TOTALS, ...COST, '{channel}/{side}/.*', '{channel}/htlcs/.*'];
const SHOWN_BALANCE = [
  '{channel}/(localBalanceMsat|remoteBalanceMsat|balanceAt)',
  '{channel}/pending[a-zA-Z]+',
  '{peer}/(local|remote)BalanceMsat',
];

/** By fact type; the others are told by nothing else and have a line of their own in `unknownWithout`. */
const table: Readonly<Record<string, Unknown>> = {
  // The push is in every observation's context: only when, and what was sealed, is not known.
  ChannelOpened: { places: ['{channel}/(openedAt|isAdopted)'] },
  // The announcement of a public channel names it too.
  FundingConfirmed: {
    places: ['{channel}/(confirmedHeight|shortChannelId)', '{channel}/shortChannelIds/[0-9]+'],
  },
  ChannelReady: { places: ['{channel}/readyAt', '{channel}/shortChannelIds/[0-9]+'] },
  ChannelAnnounced: NOTHING,
  FeePolicyChanged: { places: ['{fees}/.*', '{channel}/{side}Policy/.*'] },
  // On chain: the ending of an HTLC, the claim of an output.
  HtlcSettled: { places: ENDED_HTLC, isGap: true },
  HtlcFailed: { places: ENDED_HTLC, isGap: true },
  OutputResolved: {
    places: [
      ...GAP,
      '{channel}/close/outputs/[0-9]+/.*',
      '{channel}/close/(sweepFeesSat|isSweepFeesAtLeast)',
    ],
  },
  TransactionBroadcast: NOTHING,
  ShutdownStarted: { places: ['{channel}/close/startedAt'] },
  CloseStarted: { places: ['{channel}/close/(reason|sourceReason|reasonAt|startedBy|startedAt)'] },
  ChannelClosed: { places: [...GAP, ...COST, '{channel}/close/.*'], isGap: true },
  ChannelFullyResolved: {
    places: ['{channel}/status', '{channel}/close/resolved(At|Height)'],
  },
  // Another node's telling of the same message comes later.
  PublicChannelAnnounced: NOTHING,
  PublicFeePolicyChanged: { places: ['fees/.*/at'] },
  // Whoever is heard is connected; before the first word nobody knows.
  PeerConnected: { places: ['{peer}/(connectedPpm|connectionCount|firstSeenAt)'] },
  PeerDisconnected: { places: ['{peer}/(connectedPpm|lastSeenAt)'] },
  PeerMessage: { places: ['{peer}/lastSeenAt'] },
  PeerRenamed: { places: ['{peer}/alias', 'channels/{node}/[0-9a-f]+/peerAlias'] },
  ChannelOpenRefused: { places: ['{peer}/(refusedOpenCount|lastSeenAt)'] },
  RecordingStarted: { places: [...AT_STOP, 'peers/{node}/[0-9a-f]+/connectedPpm'] },
  RecordingStopped: { places: AT_STOP },
  BestBlockChanged: NOTHING,
  FeerateEstimated: NOTHING,
  PaymentForwarded: {
    places: ['forwards/{node}/.*', 'sums/.*', 'channels/{node}/[0-9a-f]+/forwardedIn(Msat|Count)'],
  },
  ForwardFailed: { places: ['forwards/{node}/.*', 'sums/.*'] },
  PaymentSent: NOTHING,
  PaymentReceived: NOTHING,
  PaymentFailed: NOTHING,
};

/** What remains different after the observation was told late. */
const afterLate: Readonly<Record<string, readonly string[]>> = {
  // The policy stated again in between was recorded meanwhile: `from` names that statement of it.
  FeePolicyChanged: ['{fees}/from/(at|timestamp)'],
  // Told by another node meanwhile: the fact stands at that time.
  PublicFeePolicyChanged: ['fees/.*/at'],
};

export interface Allowed {
  readonly isGap: boolean;
  isUnknown(place: string): boolean;
}

/** What may differ when the observation at this index is missing from the run. */
export function unknownWithout(run: readonly Observation[], index: number): Allowed {
  const observation = run[index];
  if (observation === undefined) throw new Error(`no observation ${index}`);
  const { places, isGap = false } = unknownOf(run, index, observation);
  return { isGap, isUnknown: matcherOf(observation, places) };
}

export function unknownAfterLate(observation: Observation): (place: string) => boolean {
  return matcherOf(observation, afterLate[observation.fact.type] ?? []);
}

function unknownOf(run: readonly Observation[], index: number, observation: Observation): Unknown {
  const { fact } = observation;
  if (fact.type === 'CommitmentSeen') {
    // Commitment 0 follows from the opening.
    if (fact.data.number === 0) return NOTHING;
    const shown = fact.data.side === 'local' ? SHOWN_BALANCE : [];
    return isNewest(run, index)
      ? { places: [...NEWEST_COMMITMENT, ...shown], isGap: true }
      : { places: [...INEXACT_TOTALS, '{channel}/htlcs/[0-9]+/addedAt'], isGap: true };
  }
  if (fact.type === 'CommitmentRevoked') {
    return isNewest(run, index)
      ? { places: ['{channel}/{side}Revoked'] }
      : { places: GAP, isGap: true };
  }
  const unknown = table[fact.type];
  if (unknown === undefined) throw new Error(`say what is unknown without ${fact.type}`);
  return unknown;
}

/** No later observation says the same kind of thing of the same side of the channel. */
function isNewest(run: readonly Observation[], index: number): boolean {
  const name = nameOf(run[index]);
  return !run.slice(index + 1).some((later) => nameOf(later) === name);
}

function nameOf(observation: Observation | undefined): string | undefined {
  if (observation?.about !== 'channel') return undefined;
  const { nodeId, channelId, fact } = observation;
  return `${nodeId} ${channelId} ${fact.type} ${sideOf(observation)}`;
}

function sideOf({ fact: { data } }: Observation): string {
  return 'side' in data && data.side !== undefined ? data.side : '-';
}

function matcherOf(
  observation: Observation,
  patterns: readonly string[],
): (place: string) => boolean {
  const words = placesOf(observation);
  const filled = patterns.map((pattern) => {
    return new RegExp(`^${pattern.replace(/\{([a-z]+)\}/g, (_, word) => words[word] ?? '-')}$`);
  });
  return (place) => filled.some((pattern) => pattern.test(place));
}

/** The places of what the observation is about. */
function placesOf(observation: Observation): Readonly<Record<string, string>> {
  const { nodeId, about } = observation;
  const node = { node: nodeId, side: sideOf(observation) };
  if (about === 'peer') return { ...node, peer: `peers/${nodeId}/${observation.peerId}` };
  if (about !== 'channel') return node;
  const { channelId, context } = observation;
  return {
    ...node,
    channel: `channels/${nodeId}/${channelId}`,
    fees: `fees/${nodeId}/${channelId}/${node.side}/[0-9]+`,
    peer: `peers/${nodeId}/${context?.peerId}`,
  };
}
