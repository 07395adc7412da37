/** What the ids in an answer are called: channels by their short ids, nodes by their aliases. */
import { useMemo } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import { type NamedChannel, namingFields } from '../api/fields.ts';
import type { Peer } from '../api/json.ts';
import { shortId } from '../format.ts';
import { seen } from '../moment.ts';
import { aliasesOf, channelName, nodeName, peerName } from '../names.ts';

export interface LedgerNames {
  readonly channel: (channelId: string) => string;
  /** The channel with who is at its other end. */
  readonly channelWithPeer: (nodeId: string, channelId: string) => string;
  readonly node: (nodeId: string) => string;
  readonly hasSeveralNodes: boolean;
}

const EVERY_MS = 5000;
const ASKED_SELDOM = { everyMs: EVERY_MS };

/** Closed channels are named too: what they forwarded is still there. */
export function useLedgerNames(): LedgerNames {
  const question = { ...seen.value, fields: namingFields };
  const open = useAnswer<readonly NamedChannel[]>(
    pathOf('/channels', question),
    ASKED_SELDOM,
  ).answer;
  const closed = useAnswer<readonly NamedChannel[]>(
    pathOf('/closed', question),
    ASKED_SELDOM,
  ).answer;
  const peers = useAnswer<readonly Peer[]>(pathOf('/peers', seen.value), ASKED_SELDOM).answer;
  return useMemo(
    () => namesOf([...(closed ?? []), ...(open ?? [])], peers ?? []),
    [open, closed, peers],
  );
}

function namesOf(channels: readonly NamedChannel[], peers: readonly Peer[]): LedgerNames {
  const aliases = aliasesOf(peers);
  const byId = new Map<string, NamedChannel>(channels.map((one) => [one.channelId, one]));
  const byEnd = new Map(channels.map((one) => [`${one.nodeId}.${one.channelId}`, one]));
  const channel = (channelId: string) => {
    const known = byId.get(channelId);
    return known ? channelName(known) : shortId(channelId);
  };
  return {
    channel,
    channelWithPeer(nodeId, channelId) {
      const own = byEnd.get(`${nodeId}.${channelId}`);
      return own ? `${channelName(own)} ${peerName(own)}` : channel(channelId);
    },
    node: (nodeId) => nodeName(nodeId, aliases),
    hasSeveralNodes: new Set(peers.map(({ nodeId }) => nodeId)).size > 1,
  };
}
