/** `PersistentSubscriptions.Read`: a consumer joins its group, is given events, and answers for each. */

import type persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { GatewayContext } from '../context.ts';
import { failureOf, invalidArgument } from '../failures.ts';
import { requestsOf } from '../incoming.ts';
import { Outgoing } from '../outgoing.ts';
import { type Encoding, eventResponse } from '../recorded-event.ts';
import { confirmation } from '../replies.ts';
import { uuidOf } from '../uuid.ts';
import { Consumer, type Message } from './consumer.ts';
import type { Group, Refusal } from './group.ts';
import { sourceOf } from './group-request.ts';

type Request = InstanceType<typeof persistent.ReadReq>;

/** By the numbers of `Nack.Action`; an unknown one is tried again. */
const refusals: readonly Refusal[] = ['retry', 'park', 'retry', 'skip', 'stop'];

export async function consume(
  context: GatewayContext,
  call: ServerDuplexStream<Request, Buffer>,
): Promise<void> {
  const out = new Outgoing(call);
  const session = new ConsumerSession(context, out);
  out.signal.addEventListener('abort', () => session.leave(), { once: true });
  try {
    context.authorize(call.metadata);
    for await (const request of requestsOf<Request>(call)) await session.take(request);
    session.leave();
    out.end();
  } catch (cause) {
    session.leave();
    out.fail(failureOf(cause));
  }
}

class ConsumerSession {
  readonly #context: GatewayContext;
  readonly #out: Outgoing;
  #joined: { readonly group: Group; readonly consumer: Consumer } | undefined;

  constructor(context: GatewayContext, out: Outgoing) {
    this.#context = context;
    this.#out = out;
  }

  async take(request: Request): Promise<void> {
    if (this.#joined === undefined) {
      await this.#join(request);
      return;
    }
    const { group, consumer } = this.#joined;
    const ack = request.getAck();
    if (ack !== undefined) group.acknowledge(consumer, idsOf(ack.getIdsList()));
    const nack = request.getNack();
    if (nack === undefined) return;
    group.refuse(consumer, idsOf(nack.getIdsList()), refusals[nack.getAction()] ?? 'retry');
  }

  leave(): void {
    this.#joined?.group.leave(this.#joined.consumer);
  }

  async #join(request: Request): Promise<void> {
    const options = request.getOptions();
    if (options === undefined) throw invalidArgument('the first message must name the group');
    const source = sourceOf(options);
    const name = options.getGroupName();
    const group = this.#context.groups.get(source, name);
    const { toWire } = this.#context;
    const isStructuredId = options.getUuidOption()?.hasStructured() ?? false;
    const consumer = new Consumer(
      {
        send: (message) => this.#send(message, { toWire, isStructuredId }),
        fail: (failure) => this.#out.fail(failure),
      },
      options.getBufferSize(),
    );
    group.assertRoom();
    await this.#out.send(confirmation(`${source}::${name}`));
    if (this.#out.isOver) return;
    this.#joined = { group, consumer };
    group.join(consumer);
  }

  /** The buffer that the client named bounds what waits here: no need to wait for the line. */
  #send(message: Message, encoding: Encoding): string {
    this.#out.send(eventResponse(message.event, encoding, message.retryCount));
    return encoding.toWire(message.event).id;
  }
}

function idsOf(ids: readonly Parameters<typeof uuidOf>[0][]): string[] {
  return ids.flatMap((id) => uuidOf(id) ?? []);
}
