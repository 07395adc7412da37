/** `ServerFeatures` and `Gossip`: what this server can do, and that it is all there is of a cluster. */

import type gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { ServerUnaryCall, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { messages } from './definitions.ts';

/** The version of EventStoreDB whose protocol this is. */
const PROTOCOL_VERSION = '23.10.6';

type Supported = readonly (readonly [
  service: string,
  method: string,
  features: readonly string[],
])[];

const STREAMS = 'event_store.client.streams.streams';
const PERSISTENT = 'event_store.client.persistent_subscriptions.persistentsubscriptions';
const both = ['stream', 'all'];

const supported: Supported = [
  [STREAMS, 'read', ['position', 'events']],
  [STREAMS, 'append', []],
  // Without `deadline_duration`: clients then send the point in time, which the messages here have.
  [STREAMS, 'batchappend', []],
  [PERSISTENT, 'create', both],
  [PERSISTENT, 'update', both],
  [PERSISTENT, 'delete', both],
  [PERSISTENT, 'read', both],
  [PERSISTENT, 'getinfo', both],
  [PERSISTENT, 'replayparked', both],
  [PERSISTENT, 'list', both],
  // Refused, but here: clients would otherwise ask for it over HTTP, which nobody answers.
  [PERSISTENT, 'restartsubsystem', []],
  ['event_store.client.gossip.gossip', 'read', []],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods', []],
];

type SupportedMethods = InstanceType<typeof features.SupportedMethods>;
type ClusterInfo = InstanceType<typeof gossip.ClusterInfo>;

/** Asked by clients before anything else, and without credentials by some. */
export const featuresHandlers: UntypedServiceImplementation = {
  getSupportedMethods: (
    _call: ServerUnaryCall<unknown, SupportedMethods>,
    callback: sendUnaryData<SupportedMethods>,
  ) => {
    const answer = new messages.features.SupportedMethods();
    answer.setEventStoreServerVersion(PROTOCOL_VERSION);
    for (const [service, method, names] of supported) {
      const entry = new messages.features.SupportedMethod();
      entry.setServiceName(service);
      entry.setMethodName(method);
      entry.setFeaturesList([...names]);
      answer.addMethods(entry);
    }
    callback(null, answer);
  },
};

/** One member, the leader, under the name the client called it by. */
export function gossipHandlers(portOf: () => number): UntypedServiceImplementation {
  const instanceId = crypto.randomUUID();
  return {
    read: (call: ServerUnaryCall<unknown, ClusterInfo>, callback: sendUnaryData<ClusterInfo>) => {
      const { ClusterInfo, EndPoint, MemberInfo } = messages.gossip;
      const endPoint = new EndPoint();
      endPoint.setAddress(hostName(call.getHost()));
      endPoint.setPort(portOf());
      const id = new messages.shared.UUID();
      id.setString(instanceId);
      const member = new MemberInfo();
      member.setInstanceId(id);
      member.setTimeStamp(String(BigInt(Date.now()) * 10_000n));
      member.setState(MemberInfo.VNodeState.LEADER);
      member.setIsAlive(true);
      member.setHttpEndPoint(endPoint);
      const answer = new ClusterInfo();
      answer.addMembers(member);
      callback(null, answer);
    },
  };
}

/** `[::1]:2113` and `localhost:2113` without the port. */
function hostName(authority: string): string {
  return authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
