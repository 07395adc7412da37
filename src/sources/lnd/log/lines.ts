/** The closed list of lines of lnd's log that tell of a channel or a peer (lnd's source, 0.10 to 0.20). */
import { NodeId, Outpoint } from '../../../lightning/ids.ts';
import { withoutHashes } from '../outside-text.ts';
import { NS_PER_SECOND } from '../told.ts';

/** What one line tells. Payment hashes in it are left behind here. */
export type LogFact =
  | {
      readonly kind: 'going to chain';
      readonly outpoint: Outpoint;
      readonly direction: 'outgoing' | 'incoming';
      readonly expiryHeight: number;
      readonly amountMsat: bigint;
      readonly blocksLeft: number;
    }
  | { readonly kind: 'force closing'; readonly outpoint: Outpoint }
  | {
      readonly kind: 'link failed';
      readonly outpoint: Outpoint;
      readonly reason: string;
      /** lnd's own word for what kind of failure it is. */
      readonly failure: string;
      readonly isFromPeer: boolean;
    }
  | { readonly kind: 'peer up'; readonly peerId: NodeId; readonly address: string }
  | { readonly kind: 'peer down'; readonly peerId: NodeId; readonly why: string | undefined };

export interface LogLine {
  /**
   * As the clock of the node's machine showed it, taken for UTC: the log names no zone. Undefined where what
   * stands there is no date since 1970.
   */
  readonly clockNs: bigint | undefined;
  readonly fact: LogFact | undefined;
}

const LINE =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3,9}) \[[A-Z]{3}\] [A-Z]{3,5}(?: [\w./]+:\d+)?: (.*)$/;
const OUTPOINT = '([0-9a-f]{64}:\\d{1,5})';
const GOING_TO_CHAIN = new RegExp(
  `^ChannelArbitrator\\(${OUTPOINT}\\): go to chain for (outgoing|incoming) htlc [0-9a-f]{64}: ` +
    'timeout=(\\d{1,9}), amount=(\\d{1,18}) mSAT, blocks_until_expiry=(-?\\d{1,9}), broadcast_delta=\\d{1,9}$',
);
const FORCE_CLOSING = new RegExp(`^ChannelArbitrator\\(${OUTPOINT}\\): force closing chan$`);
const LINK_FAILED = new RegExp(
  `^ChannelLink\\(${OUTPOINT}\\): failing link: (.*) with error: ([a-z ,-]{1,80})$`,
);
const FROM_PEER = 'received error from peer: ';
const NODE = '(0[23][0-9a-f]{64})';
const PEER_UP = new RegExp(`^Established (?:outbound )?connection to: ${NODE}@(\\S{1,260})$`);
const PEER_DOWN = new RegExp(
  `^(?:Peer\\(0[23][0-9a-f]{64}\\): )?[Dd]isconnecting (?:from )?${NODE}@[^ ,]{1,260}(?:, reason: (.*))?$`,
);

/** Undefined where the text is no line of a log: what runs over several lines has such after its first. */
export function parseLogLine(text: string): LogLine | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', message = ''] = match;
  const shown = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  return { clockNs: clockNsOf(shown, fraction), fact: factOf(message) };
}

function clockNsOf(text: string, fraction: string): bigint | undefined {
  const ms = Date.parse(text);
  // The 30th of February is taken for a day in March.
  if (!(ms >= 0) || new Date(ms).toISOString() !== text) return undefined;
  return (BigInt(ms) * NS_PER_SECOND) / 1000n + BigInt(fraction.padEnd(9, '0'));
}

function factOf(message: string): LogFact | undefined {
  return goingToChain(message) ?? linkFailed(message) ?? peerFact(message);
}

function goingToChain(message: string): LogFact | undefined {
  const forced = FORCE_CLOSING.exec(message);
  if (forced?.[1] !== undefined) return { kind: 'force closing', outpoint: Outpoint(forced[1]) };
  const match = GOING_TO_CHAIN.exec(message);
  if (match === null) return undefined;
  const [, outpoint, direction, timeout, amount = '0', left] = match;
  return {
    kind: 'going to chain',
    outpoint: Outpoint(outpoint),
    direction: direction === 'incoming' ? 'incoming' : 'outgoing',
    expiryHeight: Number(timeout),
    amountMsat: BigInt(amount),
    blocksLeft: Number(left),
  };
}

function linkFailed(message: string): LogFact | undefined {
  const match = LINK_FAILED.exec(message);
  if (match === null) return undefined;
  const [, outpoint, text = '', failure = ''] = match;
  const reason = text.replace(/^ChannelPoint\([^)]*\): /, '');
  const isFromPeer = reason.startsWith(FROM_PEER);
  return {
    kind: 'link failed',
    outpoint: Outpoint(outpoint),
    reason: withoutHashes(isFromPeer ? reason.slice(FROM_PEER.length) : reason),
    failure,
    isFromPeer,
  };
}

function peerFact(message: string): LogFact | undefined {
  const up = PEER_UP.exec(message);
  if (up !== null) {
    return { kind: 'peer up', peerId: NodeId(up[1]), address: up[2] ?? '' };
  }
  const down = PEER_DOWN.exec(message);
  if (down === null) return undefined;
  const why = down[2] === undefined ? undefined : withoutHashes(down[2]);
  return { kind: 'peer down', peerId: NodeId(down[1]), why };
}
