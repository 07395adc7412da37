/** `PersistentSubscriptions`: groups of competing consumers. */

import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type {
  Metadata,
  ServerDuplexStream,
  ServerUnaryCall,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { GatewayContext } from '../context.ts';
import { messages } from '../definitions.ts';
import { failureOf, groupMissing, invalidArgument, unimplemented } from '../failures.ts';
import { streamName } from '../read-request.ts';
import { newestPosition } from '../reading.ts';
import { consume } from './group-consuming.ts';
import { groupInfo } from './group-info.ts';
import { createRequest, sourceOf, updateRequest } from './group-request.ts';
import { ALL } from './group-state.ts';

type Messages = typeof persistent;
type Of<Name extends keyof Messages> = Messages[Name] extends new () => infer Made ? Made : never;

export function persistentHandlers(context: GatewayContext): UntypedServiceImplementation {
  return {
    create: unary(context, create),
    update: unary(context, update),
    delete: unary(context, remove),
    getInfo: unary(context, getInfo),
    replayParked: unary(context, replayParked),
    list: unary(context, list),
    restartSubsystem: unary(context, async () => {
      throw unimplemented('there is nothing to restart: close the gateway and start it again');
    }),
    read: (call: ServerDuplexStream<Of<'ReadReq'>, Buffer>) => consume(context, call),
  };
}

function unary<Request, Response>(
  context: GatewayContext,
  answer: (context: GatewayContext, request: Request) => Promise<Response>,
) {
  return async (call: Call<Request, Response>, callback: sendUnaryData<Response>) => {
    try {
      context.authorize(call.metadata);
      callback(null, await answer(context, call.request));
    } catch (cause) {
      callback(failureOf(cause));
    }
  };
}

type Call<Request, Response> = Pick<ServerUnaryCall<Request, Response>, 'request'> & {
  readonly metadata: Metadata;
};

async function create({ store, groups }: GatewayContext, request: Of<'CreateReq'>) {
  const { source, name, settings, checkpoint } = await createRequest(store, request);
  groups.create(source, name, settings, checkpoint);
  return new messages.persistent.CreateResp();
}

async function update({ store, groups }: GatewayContext, request: Of<'UpdateReq'>) {
  const { source, name, settings } = await updateRequest(store, request);
  const group = groups.get(source, name);
  group.update({ ...settings, filter: group.settings.filter });
  return new messages.persistent.UpdateResp();
}

async function remove({ groups }: GatewayContext, request: Of<'DeleteReq'>) {
  const options = asked(request.getOptions());
  groups.delete(sourceOf(options), options.getGroupName());
  return new messages.persistent.DeleteResp();
}

async function getInfo({ store, groups }: GatewayContext, request: Of<'GetInfoReq'>) {
  const options = asked(request.getOptions());
  const group = groups.get(sourceOf(options), options.getGroupName());
  const answer = new messages.persistent.GetInfoResp();
  answer.setSubscriptionInfo(groupInfo(store, group, await newestPosition(store)));
  return answer;
}

async function replayParked({ groups }: GatewayContext, request: Of<'ReplayParkedReq'>) {
  const options = asked(request.getOptions());
  const group = groups.get(sourceOf(options), options.getGroupName());
  group.replayParked(options.hasNoLimit() ? Number.POSITIVE_INFINITY : Number(options.getStopAt()));
  return new messages.persistent.ReplayParkedResp();
}

async function list({ store, groups }: GatewayContext, request: Of<'ListReq'>) {
  const options = asked(request.getOptions());
  const forStream = options.getListForStream();
  const identifier = forStream?.getStream();
  const isOfAll = forStream !== undefined && identifier === undefined;
  const source = isOfAll ? ALL : identifier && streamName(identifier);
  const found = groups.list(source);
  if (found.length === 0 && source !== undefined) throw groupMissing(source, '');
  const newest = await newestPosition(store);
  const answer = new messages.persistent.ListResp();
  answer.setSubscriptionsList(found.map((group) => groupInfo(store, group, newest)));
  return answer;
}

function asked<T>(options: T | undefined): T {
  if (options === undefined) throw invalidArgument('the request has no options');
  return options;
}
