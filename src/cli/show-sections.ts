/** The sections of `show`, as lines. */
import type { ChannelAccount } from '../ledger/answers/channel-account.ts';
import { closeCost } from '../ledger/answers/close-cost.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import { commitmentNumbers, lifetimeText, stateText } from './channels.ts';
import { closeOutputLines, closeReason, sweepFeesText } from './closed.ts';
import {
  atLeast,
  balanceBar,
  count,
  counted,
  fullPolicy,
  msatAsSat,
  percent,
  sat,
} from './format.ts';
import type { Names } from './names.ts';
import { lastSeen, presence } from './peers.ts';
import { placedTime } from './placed-time.ts';
import { htlcLines, htlcTitle, isOver } from './show-htlcs.ts';
import type { Style } from './style.ts';
import { fieldLines } from './table.ts';
import { wrapped } from './terminal-text.ts';

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

type Pair = readonly [name: string, value: string | undefined];

const BAR_CELLS = 30;
const REASON_WIDTH = 400;

export function channelSections(
  account: ChannelAccount,
  names: Names,
  style: Style,
  /** Columns that there are; undefined for no limit. */
  width: number | undefined,
): readonly Section[] {
  const { channel } = account;
  const fields = (pairs: readonly Pair[]) => fieldLines(pairs, style, width);
  const broken = (text: string) => wrapped(text, width ?? Number.POSITIVE_INFINITY);
  const ends = `${names.node(channel.nodeId)} ${style.glyphs.dash} ${names.node(channel.peerId, channel.peerAlias) || 'unknown peer'}`;
  return [
    {
      title: `${names.channel(channel.channelId)}  ${ends}  ${stateText(channel, style)}`,
      // Whole ids leave no room for a long name beside them.
      lines: [...fields(idPairs(channel, names)), ...fields(identityPairs(channel, style))],
    },
    {
      title: isOver(channel) ? 'Last balance before the close' : 'Balance',
      lines: fields(balancePairs(channel, style)),
    },
    {
      title: htlcTitle(channel),
      lines: htlcLines(channel, names).flatMap(broken),
    },
    { title: 'Fee policies', lines: fields(policyPairs(account)) },
    { title: 'In its life', lines: fields(totalPairs(account, style)) },
    { title: 'Peer', lines: fields(peerPairs(account, style)) },
    { title: 'Close', lines: closeLines(channel, style, width) },
    {
      title: 'Gaps',
      lines: channel.gaps.flatMap((gap) =>
        broken(
          `${placedTime(gap.at, gap.atBounds, style)} ${style.text(`${gap.what}: ${gap.why}`)}`,
        ),
      ),
    },
  ];
}

function idPairs(channel: ChannelView, names: Names): readonly Pair[] {
  const former = channel.outpoints.filter((outpoint) => outpoint !== channel.fundingOutpoint);
  return [
    ['point', channel.fundingOutpoint],
    ['former', former.join(' ')],
    ['id', channel.channelId],
    ['node', named(names.node(channel.nodeId), channel.nodeId)],
    ['peer', named(names.node(channel.peerId, channel.peerAlias), channel.peerId)],
  ];
}

function identityPairs(channel: ChannelView, style: Style): readonly Pair[] {
  const others = channel.shortChannelIds.filter((id) => id !== channel.shortChannelId);
  return [
    ['aliases', others.join(' ')],
    ['type', `${channel.channelType}, ${publicity(channel)}`],
    ['opened by', channel.opener],
    ['opened', placedTime(channel.openedAt, channel.openedAtBounds, style)],
    ['confirmed', height(channel.confirmedHeight)],
    ['ready', placedTime(channel.readyAt, channel.readyAtBounds, style)],
    ['funding fee', channel.fundingFeeSat !== undefined ? `${sat(channel.fundingFeeSat)} sat` : ''],
    ['last update', placedTime(channel.lastEventAt, channel.lastEventAtBounds, style)],
    ['told by', `${channel.sources.join(', ')} in ${counted(channel.eventCount, 'event')}`],
    ['adopted', channel.isAdopted ? 'recorded from later on: its past is not known' : ''],
    ['purged', channel.isPurged ? 'the key of its secrets is destroyed' : ''],
  ];
}

/** Where there is no alias the id alone says it all. */
function named(name: string, nodeId: string | undefined): string | undefined {
  if (nodeId === undefined || nodeId.startsWith(name)) return nodeId;
  return `${name} ${nodeId}`;
}

/** What is not there is said to be unknown; without a time nothing is. */
function atHeight(when: string, of: number | undefined): string {
  return when === '' ? '' : `${when} at height ${count(of) || '?'}`;
}

function height(of: number | undefined): string {
  return of === undefined ? '' : `at height ${count(of)}`;
}

function publicity({ isPrivate, isAnnounced }: ChannelView): string {
  if (isAnnounced) return 'announced';
  if (isPrivate === true) return 'private';
  if (isAnnounced === false) return 'not announced';
  return isPrivate === false ? 'public' : 'public or private: unknown';
}

function balancePairs(channel: ChannelView, style: Style): readonly Pair[] {
  const { localBalanceMsat, remoteBalanceMsat, precision } = channel;
  const bar = balanceBar(localBalanceMsat, remoteBalanceMsat, BAR_CELLS, style);
  const unit = precision === 'sat' ? 'sat, known to the sat' : 'sat';
  const amount = (msat: bigint | undefined) =>
    msat === undefined ? undefined : `${msatAsSat(msat)} ${unit}`;
  return [
    ['capacity', channel.capacitySat !== undefined ? `${sat(channel.capacitySat)} sat` : ''],
    ['ours', amount(localBalanceMsat)],
    ['theirs', amount(remoteBalanceMsat)],
    ['', bar],
    ['unexplained', channel.unexplainedMsat ? amount(channel.unexplainedMsat) : undefined],
    ['commitments', commitmentNumbers(channel) && `${commitmentNumbers(channel)} (ours/theirs)`],
    ['revoked', revoked(channel)],
    ['commitment feerate', feerate(channel)],
    ['reserves', reserves(channel)],
    ['as of', placedTime(channel.balanceAt, channel.balanceAtBounds, style)],
  ];
}

function revoked({ localRevoked, remoteRevoked }: ChannelView): string {
  if (localRevoked === undefined && remoteRevoked === undefined) return '';
  return `${localRevoked ?? '?'}/${remoteRevoked ?? '?'} (ours/theirs)`;
}

function feerate({ local }: ChannelView): string {
  return local?.feeratePerKw === undefined ? '' : `${count(local.feeratePerKw)} sat/kw`;
}

function reserves({ localTerms, remoteTerms }: ChannelView): string {
  const [ours, theirs] = [remoteTerms.channelReserveSat, localTerms.channelReserveSat];
  if (ours === undefined && theirs === undefined) return '';
  return `${sat(ours) || '?'}/${sat(theirs) || '?'} sat (ours/theirs)`;
}

function policyPairs({ channel, feeChanges }: ChannelAccount): readonly Pair[] {
  const changes = feeChanges.length;
  return [
    ['ours', fullPolicy(channel.localPolicy)],
    ['theirs', fullPolicy(channel.remotePolicy)],
    ['changes', changes === 0 ? '' : `${count(changes)} (see "channel-ledger fees CHANNEL")`],
  ];
}

function totalPairs({ channel, forwards }: ChannelAccount, style: Style): readonly Pair[] {
  const { totals, lifetime, statedTotals } = channel;
  const inHtlcs = (msat: bigint, isAtLeast: boolean, htlcs: number) =>
    `${lifetimeText([msat, isAtLeast], style)} sat in ${counted(htlcs, 'HTLC')}`;
  const sum = (shownMsat: bigint, isAtLeast: boolean, countedMsat: bigint, htlcs: number) => {
    if (shownMsat === countedMsat) return inHtlcs(shownMsat, isAtLeast, htlcs);
    const recorded = `${inHtlcs(countedMsat, false, htlcs)} recorded`;
    return `${lifetimeText([shownMsat, isAtLeast], style)} sat as the source counts, ${recorded}`;
  };
  const failed = forwards.filter((forward) => forward.outcome === 'failed').length;
  const { isForwardedAtLeast } = lifetime;
  const openingMsat = statedTotals?.openingLocalMsat;
  return [
    [
      'opened with',
      openingMsat === undefined ? undefined : `${msatAsSat(openingMsat)} sat of ours`,
    ],
    ['sent', sum(lifetime.sentMsat, lifetime.isSentAtLeast, totals.sentMsat, totals.sentCount)],
    [
      'received',
      sum(
        lifetime.receivedMsat,
        lifetime.isReceivedAtLeast,
        totals.receivedMsat,
        totals.receivedCount,
      ),
    ],
    ['forwarded out', inHtlcs(lifetime.forwardedMsat, isForwardedAtLeast, lifetime.forwardedCount)],
    [
      'forwarded in',
      inHtlcs(
        channel.forwardedInMsat,
        totals.isAtLeast || channel.isForwardedInAtLeast === true,
        channel.forwardedInCount,
      ),
    ],
    ['fees earned', `${lifetimeText([lifetime.feesEarnedMsat, isForwardedAtLeast], style)} sat`],
    ['failed HTLCs', atLeast(count(totals.failedCount), totals.isAtLeast, style)],
    ['failed forwards', failed === 0 ? '' : count(failed)],
  ];
}

function peerPairs({ peer }: ChannelAccount, style: Style): readonly Pair[] {
  if (peer === undefined) return [];
  const isWatched = peer.isConnected !== undefined;
  const known = presence(peer, style);
  return [
    ['now', isWatched || known === '?' ? known : `not known: ${known}`],
    ['last seen', peer.isConnected ? undefined : lastSeen(peer, style)],
    [
      'connected',
      percent(peer.connectedPpm) && `${percent(peer.connectedPpm)} of the recorded time`,
    ],
    ['channels', `${peer.openChannelCount} open, ${peer.closedChannelCount} closed`],
    ['features', peer.features],
  ];
}

function closeLines(view: ChannelView, style: Style, width: number | undefined): readonly string[] {
  const { close } = view;
  if (close === undefined) return [];
  const cost = closeCost(view);
  const isCost = cost !== undefined && 'feeMsat' in cost && cost.isExplained;
  const ourMsat = isCost ? cost.feeMsat + cost.anchorsMsat : undefined;
  const { finalLocalBalanceMsat: finalMsat } = close;
  const inSat = (text: string) => (/\d/.test(text) ? `${text} sat` : text);
  const amount = (amountSat: bigint | undefined) => inSat(sat(amountSat));
  const pairs: readonly Pair[] = [
    ['kind', close.kind],
    ['by', close.initiator ?? close.startedBy],
    ['reason', closeReason(close, style, REASON_WIDTH)],
    ['started', placedTime(close.startedAt, close.startedAtBounds, style)],
    ['closed', atHeight(placedTime(close.closedAt, close.closedAtBounds, style), close.height)],
    ['transaction', close.closingTxid],
    ['commitment', count(close.commitmentNumber)],
    ['settled', amount(close.settledBalanceSat)],
    ['time-locked', amount(close.timeLockedBalanceSat)],
    ['final balance', finalMsat === undefined ? undefined : `${msatAsSat(finalMsat)} sat of ours`],
    ['close fee', amount(close.feeSat)],
    ['cost to us', ourMsat === undefined ? undefined : `${msatAsSat(ourMsat)} sat`],
    ['sweep fees', inSat(sweepFeesText(close, style))],
    [
      'resolved',
      atHeight(placedTime(close.resolvedAt, close.resolvedAtBounds, style), close.resolvedHeight),
    ],
  ];
  const outputs = closeOutputLines(close, style, width);
  return [...fieldLines(pairs, style, width), ...outputs];
}
