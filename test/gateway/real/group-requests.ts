/** Requests to `PersistentSubscriptions`, built from little. */
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { identifier } from './stream-requests.ts';

const { Empty, UUID } = shared;

/** A group of one stream. */
export interface GroupPlace {
  readonly stream: string;
  readonly group: string;
}

function settings() {
  const message = new persistent.CreateReq.Settings();
  message.setResolveLinks(false);
  message.setExtraStatistics(false);
  message.setMaxRetryCount(2);
  message.setMinCheckpointCount(1);
  message.setMaxCheckpointCount(10);
  message.setMaxSubscriberCount(1);
  message.setLiveBufferSize(500);
  message.setReadBatchSize(20);
  message.setHistoryBufferSize(500);
  message.setMessageTimeoutMs(30_000);
  message.setCheckpointAfterMs(100);
  message.setConsumerStrategy('RoundRobin');
  return message;
}

export function createRequest({ stream, group }: GroupPlace) {
  const place = new persistent.CreateReq.StreamOptions();
  place.setStreamIdentifier(identifier(stream));
  place.setStart(new Empty());
  const options = new persistent.CreateReq.Options();
  options.setStream(place);
  options.setStreamIdentifier(identifier(stream));
  options.setGroupName(group);
  options.setSettings(settings());
  const request = new persistent.CreateReq();
  request.setOptions(options);
  return request;
}

interface GroupOptions {
  setStreamIdentifier(value: ReturnType<typeof identifier>): unknown;
  setGroupName(value: string): unknown;
}

function named<Options extends GroupOptions>(options: Options, place: GroupPlace): Options {
  options.setStreamIdentifier(identifier(place.stream));
  options.setGroupName(place.group);
  return options;
}

export function deleteGroupRequest(place: GroupPlace) {
  const request = new persistent.DeleteReq();
  request.setOptions(named(new persistent.DeleteReq.Options(), place));
  return request;
}

export function infoRequest(place: GroupPlace) {
  const request = new persistent.GetInfoReq();
  request.setOptions(named(new persistent.GetInfoReq.Options(), place));
  return request;
}

export function replayRequest(place: GroupPlace) {
  const options = named(new persistent.ReplayParkedReq.Options(), place);
  options.setNoLimit(new Empty());
  const request = new persistent.ReplayParkedReq();
  request.setOptions(options);
  return request;
}

/** Undefined: all groups of the server. */
export function listRequest(stream: string | undefined) {
  const options = new persistent.ListReq.Options();
  if (stream === undefined) options.setListAllSubscriptions(new Empty());
  else {
    const place = new persistent.ListReq.StreamOption();
    place.setStream(identifier(stream));
    options.setListForStream(place);
  }
  const request = new persistent.ListReq();
  request.setOptions(options);
  return request;
}

export function joinRequest(place: GroupPlace, bufferSize = 10) {
  const options = named(new persistent.ReadReq.Options(), place);
  options.setBufferSize(bufferSize);
  const uuids = new persistent.ReadReq.Options.UUIDOption();
  uuids.setString(new Empty());
  options.setUuidOption(uuids);
  const request = new persistent.ReadReq();
  request.setOptions(options);
  return request;
}

function idOf(text: string) {
  const id = new UUID();
  id.setString(text);
  return id;
}

export function ackRequest(id: string) {
  const ack = new persistent.ReadReq.Ack();
  ack.setIdsList([idOf(id)]);
  const request = new persistent.ReadReq();
  request.setAck(ack);
  return request;
}

export function nackRequest(id: string, action: 'RETRY' | 'PARK' | 'SKIP') {
  const nack = new persistent.ReadReq.Nack();
  nack.setIdsList([idOf(id)]);
  nack.setAction(persistent.ReadReq.Nack.Action[action]);
  nack.setReason('a reason');
  const request = new persistent.ReadReq();
  request.setNack(nack);
  return request;
}
