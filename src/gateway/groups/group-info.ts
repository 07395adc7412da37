/** `SubscriptionInfo`: what a group is made of and where it stands. */
import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { LocalStore } from '../../store/event-store.ts';
import { messages } from '../definitions.ts';
import type { Group } from './group.ts';
import { ALL } from './group-state.ts';

type SubscriptionInfo = InstanceType<typeof persistent.SubscriptionInfo>;

/** `newest`: the position of the ledger's newest event. */
export function groupInfo(store: LocalStore, group: Group, newest: number): SubscriptionInfo {
  const { settings } = group;
  const { checkpoint, parked } = group.state();
  const info = new messages.persistent.SubscriptionInfo();
  info.setEventSource(group.source);
  info.setGroupName(group.name);
  info.setStatus('Live');
  info.setStartFrom(settings.startFrom);
  info.setResolveLinkTos(settings.resolvesLinks);
  info.setExtraStatistics(settings.hasExtraStatistics);
  info.setMessageTimeoutMilliseconds(settings.messageTimeoutMs);
  info.setMaxRetryCount(settings.maxRetryCount);
  info.setLiveBufferSize(settings.liveBufferSize);
  info.setBufferSize(settings.historyBufferSize);
  info.setReadBatchSize(settings.readBatchSize);
  info.setCheckPointAfterMilliseconds(settings.checkpointAfterMs);
  info.setMinCheckPointCount(settings.minCheckpointCount);
  info.setMaxCheckPointCount(settings.maxCheckpointCount);
  info.setNamedConsumerStrategy(settings.strategy);
  info.setMaxSubscriberCount(settings.maxSubscriberCount);
  info.setLastCheckpointedEventPosition(placeText(store, group.source, checkpoint));
  info.setLastKnownEventPosition(placeText(store, group.source, newest));
  info.setParkedMessageCount(String(parked.length));
  info.setReadBufferCount(group.readCount);
  info.setRetryBufferCount(group.retryCount);
  info.setLiveBufferCount('0');
  info.setCountSinceLastMeasurement('0');
  setConnections(info, group);
  return info;
}

function setConnections(info: SubscriptionInfo, { consumers, givenCount }: Group): void {
  let underWay = 0;
  for (const consumer of consumers) {
    underWay += consumer.underWay;
    const connection = new messages.persistent.SubscriptionInfo.ConnectionInfo();
    connection.setTotalItems(String(consumer.total));
    connection.setCountSinceLastMeasurement('0');
    connection.setAvailableSlots(consumer.slots);
    connection.setInFlightMessages(consumer.underWay);
    info.addConnections(connection);
  }
  info.setTotalItems(String(givenCount));
  info.setTotalInFlightMessages(underWay);
  info.setOutstandingMessagesCount(underWay);
}

/** A position of $all, or the revision of a stream; empty where nothing was reached. */
function placeText(store: LocalStore, source: string, position: number): string {
  if (position === 0) return '';
  if (source === ALL) return `C:${position}/P:${position}`;
  const revision = store.revisionAtPosition(source, position);
  return revision === -1 ? '' : String(revision);
}
