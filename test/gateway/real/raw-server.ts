/** A server of the protocol, called by the bare stubs that ship inside the client: nothing is put right on the way. */
import { setTimeout } from 'node:timers/promises';
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  type ChannelCredentials,
  type Client,
  credentials,
  Metadata,
  makeClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type Message, masked, type Plain, plainOf } from './plain.ts';

/** One call as it went. */
export interface Exchange {
  readonly call: string;
  readonly requests: readonly Plain[];
  readonly replies: readonly Plain[];
  /** `OK`, `left` where this side ended it, or what it failed with. */
  readonly status: Plain;
}

export interface ServerAddress {
  readonly target: string;
  /** Text of the certificate that the server's is signed with; without it the line is not encrypted. */
  readonly authority?: string;
}

type Unary = (request: never, metadata: Metadata, done: UnaryDone) => unknown;
type UnaryDone = (error: ServiceError | null, reply?: Message) => void;

interface Readable {
  on(event: 'data', listener: (reply: Message) => void): unknown;
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  cancel(): void;
}

interface Duplex extends Readable {
  write(request: Message): unknown;
  end(): unknown;
}

const { getSupportedMethods } = featureServices.ServerFeaturesService;
const path = '/event_store.client.streams.Streams/None';
const UnknownClient = makeClientConstructor({ none: { ...getSupportedMethods, path } }, 'Streams');

const CALL_MS = 10_000;
/** An end and an error both come: the error is the one that counts. */
const SETTLING_MS = 100;
const OWN_HEADERS = /^(content-type|content-length|date|server|grpc-.*)$/;

export class RawServer {
  readonly streams: InstanceType<typeof streamServices.StreamsClient>;
  readonly groups: InstanceType<typeof persistentServices.PersistentSubscriptionsClient>;
  readonly features: InstanceType<typeof featureServices.ServerFeaturesClient>;
  readonly gossip: InstanceType<typeof gossipServices.GossipClient>;
  /** Of a method that no server has. */
  readonly unknown: Client;
  /** What distinguishes this run's streams: a server cannot be emptied. */
  readonly run = crypto.randomUUID().slice(0, 8);
  readonly metadata = new Metadata();

  constructor({ target, authority }: ServerAddress) {
    const lock: ChannelCredentials =
      authority === undefined
        ? credentials.createInsecure()
        : credentials.createSsl(Buffer.from(authority));
    this.streams = new streamServices.StreamsClient(target, lock);
    this.groups = new persistentServices.PersistentSubscriptionsClient(target, lock);
    this.features = new featureServices.ServerFeaturesClient(target, lock);
    this.gossip = new gossipServices.GossipClient(target, lock);
    this.unknown = new UnknownClient(target, lock);
  }

  stream(name: string): string {
    return `${name}-${this.run}`;
  }

  /** Of everything sent from now on. */
  authenticate(user: string, password: string): void {
    this.metadata.set('authorization', `Basic ${btoa(`${user}:${password}`)}`);
  }

  async unary(call: string, client: object, method: string, request: Message): Promise<Exchange> {
    const ask: Unary = Reflect.get(client, method);
    return new Promise((resolve) => {
      Reflect.apply(ask, client, [
        request,
        this.metadata,
        (error: ServiceError | null, reply?: Message) => {
          const replies = reply === undefined ? [] : [reply];
          resolve(this.#exchange(call, [request], replies, error ?? undefined));
        },
      ]);
    });
  }

  /** `Append`: many requests, one answer. */
  async append(requests: readonly Message[]): Promise<Exchange> {
    return new Promise((resolve) => {
      const call = this.streams.append(this.metadata, (error, reply) => {
        const replies = reply === undefined ? [] : [reply];
        resolve(this.#exchange('Streams.Append', requests, replies, error ?? undefined));
      });
      // The status is in the callback.
      call.on('error', () => undefined);
      for (const request of requests) call.write(request as Parameters<typeof call.write>[0]);
      call.end();
    });
  }

  /** Left once `count` answers are there, or the last one wanted, or when the server ends it. */
  async read(
    request: Message,
    count = Number.POSITIVE_INFINITY,
    isLast: (reply: object) => boolean = () => false,
  ): Promise<Exchange> {
    const call = this.streams.read(
      request as Parameters<typeof this.streams.read>[0],
      this.metadata,
    );
    return this.#received('Streams.Read', call, {
      requests: [request],
      count,
      advance: (replies) => isLast(replies.at(-1)?.toObject() ?? {}),
    });
  }

  /** One after the other: what `next` makes of the answers so far, until it has nothing more to say. */
  async converse(
    call: string,
    duplex: Duplex,
    next: (replies: readonly Message[]) => Message | 'end' | 'leave' | undefined,
  ): Promise<Exchange> {
    const requests: Message[] = [];
    const advance = (replies: readonly Message[]) => {
      for (;;) {
        const request = next(replies);
        if (request === 'leave') return true;
        if (request === 'end') duplex.end();
        if (request === 'end' || request === undefined) return false;
        requests.push(request);
        duplex.write(request);
      }
    };
    return this.#received(call, duplex, { requests, count: Number.POSITIVE_INFINITY, advance });
  }

  async #received(
    name: string,
    call: Readable,
    options: {
      readonly requests: readonly Message[];
      readonly count: number;
      readonly advance?: (replies: readonly Message[]) => boolean;
    },
  ): Promise<Exchange> {
    const { requests, count, advance } = options;
    const replies: Message[] = [];
    let failure: ServiceError | undefined;
    let isLeft = false;
    await new Promise<void>((resolve) => {
      const leave = () => {
        isLeft = true;
        // What was said last is to arrive before the call is cut.
        setTimeout(SETTLING_MS).then(() => {
          call.cancel();
          resolve();
        });
      };
      const late = setTimeout(CALL_MS, undefined, { ref: false }).then(leave);
      call.on('data', (reply) => {
        if (isLeft) return;
        replies.push(reply);
        if (replies.length >= count || advance?.(replies) === true) leave();
      });
      call.on('error', (error) => {
        failure = error;
        resolve();
      });
      call.on('end', () => setTimeout(SETTLING_MS).then(resolve));
      if (advance?.(replies) === true) leave();
      void late;
    });
    return this.#exchange(name, requests, replies, isLeft ? 'left' : failure);
  }

  #exchange(
    call: string,
    requests: readonly Message[],
    replies: readonly Message[],
    end: ServiceError | 'left' | undefined,
  ): Exchange {
    return {
      call,
      requests: requests.map((each) => plainOf(each, this.run)),
      replies: replies.map((each) => plainOf(each, this.run)),
      status: end === undefined ? 'OK' : end === 'left' ? end : this.#failure(end),
    };
  }

  #failure({ code, details, metadata }: ServiceError): Plain {
    const trailers = Object.entries(metadata.getMap())
      .filter(([name]) => !OWN_HEADERS.test(name))
      .map(([name, value]): [string, Plain] => [name, masked(String(value), this.run)]);
    return {
      code: status[code] ?? code,
      details: masked(details, this.run),
      trailers: Object.fromEntries(trailers.sort()),
    };
  }

  close(): void {
    for (const client of [this.streams, this.groups, this.features, this.gossip, this.unknown])
      client.close();
  }
}
