/**
 * Between client and server, at the level of gRPC calls: answers that are lost or come twice, error
 * statuses before and after the call was made, streams that end as if all had been said. By a seed.
 * It knows nothing of what it passes on: messages are bytes to it.
 */
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';

export interface CallProxy {
  readonly port: number;
  /** Faults that happened, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  /** Answers to appends that the server gave and the client never got. */
  readonly lostAnswers: number;
  /** From now on every call goes through. */
  calm(): void;
  close(): Promise<void>;
}

const FAULTS = ['drop', 'repeat', 'status', 'end'] as const;
const CODES = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.INTERNAL,
  status.CANCELLED,
  status.UNKNOWN,
  status.ABORTED,
  status.RESOURCE_EXHAUSTED,
] as const;
/** After a lost answer nothing more comes on that call; after this long it ends. */
const SILENT_MS = 150;
const BATCH_APPEND = /\/BatchAppend$/;
const OWN_HEADERS = /^(:|grpc-|te$|content-type$|user-agent$|host$|connection$)/;

type Upstream = ClientDuplexStream<Buffer, Buffer>;
type Downstream = ServerDuplexStream<Buffer, Buffer>;

/** `random(limit)` decides at each message; one in `calmness` meets a fault. */
export async function callProxy(
  target: number,
  random: (limit: number) => number,
  calmness = 16,
): Promise<CallProxy> {
  const faults = new Map<string, number>();
  const state = { isCalm: false, lostAnswers: 0 };
  const strikes = (name: string) => {
    if (state.isCalm || random(calmness) > 0) return false;
    faults.set(name, (faults.get(name) ?? 0) + 1);
    return true;
  };
  const chance: Chance = {
    before: () => strikes('status before'),
    after: () => {
      if (state.isCalm || random(calmness) > 0) return undefined;
      const fault = FAULTS[random(FAULTS.length)] ?? 'drop';
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
      return fault;
    },
    random,
    lose: () => {
      state.lostAnswers++;
    },
  };
  const upstream = new Client(`127.0.0.1:${target}`, credentials.createInsecure());
  const server = new Server();
  for (const service of [
    streamServices.StreamsService,
    persistentServices.PersistentSubscriptionsService,
    featureServices.ServerFeaturesService,
  ]) {
    addService(server, service, (path, call) => passOn(path, call, upstream, chance));
  }
  const port = await listen(server);
  return {
    port,
    faults,
    get lostAnswers() {
      return state.lostAnswers;
    },
    calm: () => {
      state.isCalm = true;
    },
    close: async () => {
      server.forceShutdown();
      upstream.close();
    },
  };
}

interface Chance {
  readonly before: () => boolean;
  readonly after: () => (typeof FAULTS)[number] | undefined;
  readonly random: (limit: number) => number;
  readonly lose: () => void;
}

const asBytes = (bytes: Buffer) => bytes;

/** Every call as one of many messages in both directions: of the others each is a case. */
function addService(
  server: Server,
  service: object,
  handle: (path: string, call: Downstream) => void,
): void {
  for (const method of Object.values(service)) {
    const { path } = method as { readonly path: string };
    const stream = { requestStream: true, responseStream: true, path };
    const form = {
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    };
    server.addService(
      { call: { ...stream, ...form } },
      { call: (call: Downstream) => handle(path, call) },
    );
  }
}

function passOn(path: string, call: Downstream, client: Client, chance: Chance): void {
  const { before, after, random, lose } = chance;
  const isBatch = BATCH_APPEND.test(path);
  const isAppend = isBatch || /\/Append$/.test(path);
  let isOver = false;
  let isSilent = false;
  let upstream: Upstream | undefined;
  const end = (code?: number) => {
    if (isOver) return;
    isOver = true;
    upstream?.cancel();
    if (code === undefined) call.end();
    else call.emit('error', { code, details: 'chaos' });
  };
  const anyCode = () => CODES[random(CODES.length)] ?? status.UNAVAILABLE;
  call.on('error', () => undefined);
  call.on('cancelled', () => upstream?.cancel());
  if (before()) {
    end(anyCode());
    return;
  }
  const made: Upstream = client.makeBidiStreamRequest(
    path,
    asBytes,
    asBytes,
    headersOf(call.metadata),
  );
  upstream = made;
  made.on('error', () => undefined);
  made.on('data', (message: Buffer) => {
    if (isOver || isSilent) return;
    const fault = after();
    if (fault !== undefined && fault !== 'repeat' && isAppend) lose();
    if (fault === undefined) call.write(message);
    else if (fault === 'repeat') for (const each of [message, message]) call.write(each);
    else if (fault === 'status') end(anyCode());
    else if (fault === 'end') end();
    else if (!isBatch) {
      // A stream without one of its messages is none that gRPC ever delivers: the rest is lost too.
      isSilent = true;
      setTimeout(() => end(random(2) === 0 ? undefined : anyCode()), SILENT_MS).unref();
    }
  });
  made.on('status', ({ code, details, metadata }) => {
    if (isOver || isSilent) return;
    isOver = true;
    if (code === status.OK) call.end();
    else call.emit('error', { code, details, metadata });
  });
  call.on('data', (message: Buffer) => {
    if (isOver) return;
    if (isBatch && before()) end(anyCode());
    else made.write(message);
  });
  call.on('end', () => made.end());
}

/** Without those that belong to one connection. */
function headersOf(received: Metadata): Metadata {
  const sent = new Metadata();
  for (const [key, value] of Object.entries(received.getMap())) {
    if (!OWN_HEADERS.test(key)) sent.set(key, value);
  }
  return sent;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
