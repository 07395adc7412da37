/** What passes between the node and a peer beside the commitments: words, refusals, reasons. */
import type { DirectFact } from '../../../channel/observations.ts';
import { ChannelId, type NodeId } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { PeerDraft } from '../../../peer/events.ts';
import type { ClosureReason } from '../ldk-events.ts';
import type { WireMessage } from '../wire-messages.ts';
import type { ChannelBook, PendingOpen } from './channel-book.ts';
import type { Told } from './header.ts';

/** BOLT 1: a channel id of zeros speaks of all channels with the peer. */
const ALL_CHANNELS = '0'.repeat(64);

/** Errors, warnings and reestablishes, in both directions. */
export function peerMessage(
  told: Told,
  peer: NodeId,
  message: WireMessage,
  isOurs: boolean,
): Observation[] {
  const direction = isOurs ? 'sent' : 'received';
  switch (message.type) {
    case 'error':
    case 'warning': {
      const about =
        message.channelId === ALL_CHANNELS ? {} : { channelId: ChannelId(message.channelId) };
      const data = { kind: message.type, direction, ...about, text: message.text } as const;
      return [told.peer(peer, { type: 'PeerMessage', data })];
    }
    case 'channel_reestablish': {
      const { channelId, nextCommitmentNumber, nextRevocationNumber } = message;
      const data = {
        kind: 'reestablish',
        direction,
        channelId,
        text: '',
        nextLocalCommitment: Number(nextCommitmentNumber),
        nextRemoteRevocation: Number(nextRevocationNumber),
      } as const;
      return [told.peer(peer, { type: 'PeerMessage', data })];
    }
    default:
      return [];
  }
}

/** LDK's words for a funding below the acceptor's minimum, with that minimum. */
const BELOW_MINIMUM = /(?:less than|below|under|at least|minimum)[^0-9]*([0-9]+)/i;

/** An error for a channel that was only proposed refuses it. */
export function refusedOpen(
  told: Told,
  pending: PendingOpen,
  text: string,
  isOurs: boolean,
): Observation {
  const minimum = BELOW_MINIMUM.exec(text)?.[1];
  const isFunding = /fund|channel value|chan(?:nel)? size/i.test(text);
  const isBelow = minimum !== undefined && isFunding;
  const data = {
    by: isOurs ? 'local' : 'remote',
    rule: isBelow ? 'funding below the minimum' : 'refused by the peer',
    fundingSat: pending.open.fundingSat,
    ...(isBelow && { minimumSat: BigInt(minimum) }),
    text,
  } satisfies Extract<PeerDraft, { readonly type: 'ChannelOpenRefused' }>['data'];
  return told.peer(pending.peer, { type: 'ChannelOpenRefused', data });
}

type CloseStarted = Extract<DirectFact, { readonly type: 'CloseStarted' }>;

/** Who gave the channel up, by LDK's ClosureReason. */
const closedBy: Readonly<Record<string, CloseStarted['data']['by']>> = {
  CounterpartyForceClosed: 'remote',
  HolderForceClosed: 'local',
  LegacyCooperativeClosure: 'both',
  CounterpartyInitiatedCooperativeClosure: 'remote',
  LocallyInitiatedCooperativeClosure: 'local',
  CommitmentTxConfirmed: 'remote',
  FundingTimedOut: 'local',
  ProcessingError: 'local',
  OutdatedChannelManager: 'local',
  CounterpartyCoopClosedUnfundedChannel: 'remote',
  HTLCsTimedOut: 'local',
  PeerFeerateTooLow: 'local',
};

export function closeStarted(told: Told, book: ChannelBook, reason: ClosureReason): Observation {
  const by = closedBy[reason.name] ?? 'unknown';
  const sourceReason = reason.text === null ? {} : { sourceReason: reason.text };
  const data = { by, reason: reason.name, ...sourceReason };
  return told.channel(book, { type: 'CloseStarted', data });
}
