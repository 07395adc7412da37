/**
 * The service definitions that ship inside the client, and the messages the gateway reads. What it
 * answers in great numbers it encodes itself (recorded-event.ts): `bytes` passes such messages on.
 */
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

export const messages = { gossip, persistent, features, shared, streams };

const bytes = (encoded: Buffer) => encoded;

export const streamsService = {
  ...streamServices.StreamsService,
  read: { ...streamServices.StreamsService.read, responseSerialize: bytes },
  batchAppend: { ...streamServices.StreamsService.batchAppend, responseSerialize: bytes },
};

const persistentDefinition = persistentServices.PersistentSubscriptionsService;

export const persistentService = {
  ...persistentDefinition,
  read: { ...persistentDefinition.read, responseSerialize: bytes },
};

export const featuresService = featureServices.ServerFeaturesService;
export const gossipService = gossipServices.GossipService;
