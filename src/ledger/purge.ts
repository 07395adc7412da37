/** Purging: the key of a closed channel's sealed fields is destroyed, numbers and summary stay (DESIGN §8). */
import { ChannelId, NodeId } from '../lightning/ids.ts';
import type { NodeObservation, Observation } from '../observation/observation.ts';
import type { Draft } from '../schema/aggregate.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { Keyring } from './keyring.ts';
import { assertPurgeable } from './purgeable.ts';
import { openQuarantine, type QuarantinedObservation } from './quarantine.ts';
import type { RecordReport } from './recorder.ts';
import { parseStream } from './streams.ts';
import type { ChannelView } from './view-types.ts';

export interface PurgeReport {
  readonly channelId: string;
  /** None where the channel was purged before, or never had a secret. */
  readonly destroyedKeys: number;
  /** Observations of the channel that were in quarantine: nobody can open or try them any more. */
  readonly releasedFromQuarantine: number;
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

/**
 * Key first, events second: a ledger never says "purged" while the key is there. What was in quarantine
 * was sealed with that key, and so leaves it: nothing could ever be done about it.
 */
export async function purgeChannel(ports: PurgePorts, view: ChannelView): Promise<PurgeReport> {
  assertPurgeable(view);
  const { channelId, nodeId } = view;
  const subject = `channel/${nodeId}/${channelId}`;
  const keyId = ports.keyring.keyIdOf(subject);
  const wasThere = keyId !== undefined && ports.keyring.byId(keyId).state !== 'purged';
  ports.keyring.destroy(subject);
  await ports.record(purgedFacts(ports, nodeId, channelId, keyId));
  const lost = openQuarantine(ports.store, ports.keyring).filter(({ event }) => {
    const { fact } = event;
    if (fact?.type !== 'ObservationQuarantined') return false;
    return fact.data.about.startsWith(`channel-${nodeId}.${channelId}.`);
  });
  await ports.record(lost.map((one) => released(one, ports.nowNs())));
  const destroyedKeys = wasThere ? 1 : 0;
  return { channelId, destroyedKeys, releasedFromQuarantine: lost.length, remains };
}

/** On the node's stream that keeps the observation, whatever its source. */
function released(
  { observationId, rule, event }: QuarantinedObservation,
  atNs: bigint,
): Observation {
  const { nodeId = '', chain = '', source = '' } = parseStream(event.stream) ?? {};
  const fact: Draft = {
    type: 'QuarantineReleased',
    data: { observationId, rule, outcome: 'purged' },
  };
  return {
    about: 'node',
    chain,
    nodeId: NodeId(nodeId),
    source,
    happenedAtNs: atNs,
    timeBasis: 'recorded',
    recordedAtNs: atNs,
    evidence: 'purge',
    key: `purge/${observationId}`,
    fact: fact as NodeObservation['fact'],
  };
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
