/** Purging: the key of a closed channel's sealed fields is destroyed, numbers and summary stay (DESIGN §8). */
import { ChannelId, NodeId } from '../lightning/ids.ts';
import type { Observation } from '../observation/observation.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { QuestionError } from './query.ts';
import type { RecordReport } from './recorder.ts';
import { parseStream } from './streams.ts';
import type { ChannelView } from './view-types.ts';

export interface PurgeReport {
  readonly channelId: string;
  readonly destroyedKeys: number;
  /** What a purge cannot reach, a sentence each. */
  readonly remains: readonly string[];
}

export interface PurgePorts {
  readonly store: LocalStore;
  readonly keyring: Keyring;
  readonly nowNs: () => bigint;
  readonly record: (observations: readonly Observation[]) => Promise<RecordReport>;
}

const remains = [
  'summary, balances and totals of the channel stay',
  'payment links stay: they still join the HTLCs of one payment, and tell neither hash nor preimage',
  'backups and copies of the ledger made before still hold the key',
  'exports made with --with-keys still hold the key',
  'replicas that took the keyring along still hold the key',
  'the other end of the channel, where this ledger records it too, has a key of its own',
  'what a live source keeps beside the ledger (of "record ldk": ledger.db.ldk) is not touched',
];

/** Key first, event second: a ledger never says "purged" while the key is there. */
export async function purgeChannel(ports: PurgePorts, view: ChannelView): Promise<PurgeReport> {
  const { channelId, nodeId, status } = view;
  if (status !== 'closed' && status !== 'resolved') {
    throw new QuestionError(
      'wrong',
      `the channel is ${status}: only a closed channel can be purged, its record is needed until then`,
    );
  }
  const subject = `channel/${nodeId}/${channelId}`;
  const keyId = ports.keyring.keyIdOf(subject);
  const isDestroyed = ports.keyring.destroy(subject);
  await ports.record(purgedFacts(ports, nodeId, channelId, keyId));
  return { channelId, destroyedKeys: isDestroyed ? 1 : 0, remains };
}

function purgedFacts(
  { store, nowNs }: PurgePorts,
  nodeId: string,
  channelId: string,
  keyId: string | undefined,
): readonly Observation[] {
  const at = nowNs();
  return store.streamNames(`channel-${nodeId}.${channelId}.`).map((stream) => ({
    about: 'channel',
    chain: '',
    nodeId: NodeId(nodeId),
    channelId: ChannelId(channelId),
    source: parseStream(stream)?.source ?? '',
    happenedAtNs: at,
    timeBasis: 'recorded',
    recordedAtNs: at,
    evidence: 'purge',
    key: 'purge',
    fact: { type: 'ChannelPurged', data: { ...(keyId !== undefined && { keyId }) } },
  }));
}
