import { connect, createServer, type Socket } from 'node:net';
import { jsonEvent } from '@eventstore/db-client';
import persistentServices from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamServices from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtoWriter } from '../../src/gateway/protobuf.ts';
import { uuidOf } from '../../src/gateway/uuid.ts';
import { NO_STREAM } from '../../src/store/event-store.ts';
import { sampleEvent } from '../store/sample-events.ts';
import { withGateway } from './gateway.ts';

const other = suite('clients of other languages');
const wrong = suite('requests that make no sense');
const encoding = suite('a message written from its end');

const { AppendReq, ReadReq, ReadResp, BatchAppendReq, BatchAppendResp } = streams;
const anything = { isWritable: true, accepts: 'anything' } as const;

const streamsAt = (port: number) =>
  new streamServices.StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure());

function identifier(stream: string | Uint8Array) {
  const message = new shared.StreamIdentifier();
  message.setStreamName(typeof stream === 'string' ? Buffer.from(stream) : stream);
  return message;
}

function readRequest(stream: string | Uint8Array) {
  const options = new ReadReq.Options();
  const place = new ReadReq.Options.StreamOptions();
  place.setStreamIdentifier(identifier(stream));
  place.setStart(new shared.Empty());
  options.setStream(place);
  options.setCount('10');
  options.setNoFilter(new shared.Empty());
  const uuids = new ReadReq.Options.UUIDOption();
  uuids.setStructured(new shared.Empty());
  options.setUuidOption(uuids);
  const request = new ReadReq();
  request.setOptions(options);
  return request;
}

async function answers<T>(call: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of call) all.push(each);
  return all;
}

async function statusOf(call: AsyncIterable<unknown>): Promise<ServiceError> {
  try {
    await answers(call);
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error('it did not fail');
}

other('may ask for ids as two numbers', async () => {
  await withGateway(
    anything,
    async ({ port, client }) => {
      const raw = streamsAt(port);
      const got = await answers(raw.read(readRequest('s')));
      const ids = got.map((each) => {
        const { ReadEvent } = ReadResp;
        const record = each.getEvent()?.getEvent();
        assert.instance(each.getEvent(), ReadEvent);
        assert.is(record?.getId()?.hasString(), false);
        return uuidOf(record?.getId());
      });
      const expected: (string | undefined)[] = [];
      for await (const { event } of client.readStream('s')) expected.push(event?.id);
      assert.equal(ids, expected);
      raw.close();
    },
    (store) =>
      store.append(
        's',
        [0, 1, 2, 3].map((n) => sampleEvent(n)),
        { expectedRevision: NO_STREAM },
      ),
  );
});

/** One piece of an append. */
function piece(correlation: string, n: number, isFinal: boolean, isFirst: boolean) {
  const request = new BatchAppendReq();
  const id = new shared.UUID();
  id.setString(correlation);
  request.setCorrelationId(id);
  if (isFirst) {
    const options = new BatchAppendReq.Options();
    options.setStreamIdentifier(identifier('s'));
    options.setStreamPosition('5');
    request.setOptions(options);
  }
  const message = new BatchAppendReq.ProposedMessage();
  const eventId = new shared.UUID();
  eventId.setString(sampleEvent(n).id);
  message.setId(eventId);
  message.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
  message.setData(Buffer.from('{}'));
  request.addProposedMessages(message);
  request.setIsFinal(isFinal);
  return request;
}

other('may send appends in pieces, and learn of each by its number', async () => {
  await withGateway(anything, async ({ port }) => {
    const raw = streamsAt(port);
    const call = raw.batchAppend();
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    call.write(piece(one, 0, false, true));
    call.write(piece(two, 1, true, true));
    call.write(piece(one, 2, true, false));
    call.end();
    const replies = await answers(call as AsyncIterable<InstanceType<typeof BatchAppendResp>>);
    assert.equal(
      replies.map((reply) => uuidOf(reply.getCorrelationId())),
      [two, one],
    );
    const error = replies[0]?.getError();
    assert.equal(
      [Number(error?.getCode()), error?.getMessage(), error?.getDetails()?.getTypeName()],
      [status.ALREADY_EXISTS, 'WrongExpectedVersion', 'event_store.client.WrongExpectedVersion'],
    );
    raw.close();
  });
});

other('that are cut off in the middle of an append have appended nothing', async () => {
  await withGateway(anything, async ({ port, store, client }) => {
    for (let run = 0; run < 40; run++) {
      const isAlone = run % 2 === 0;
      const proxy = await cuttable(port);
      const raw = streamsAt(proxy.port);
      const call = raw.append(() => undefined);
      call.on('error', () => undefined);
      const options = new AppendReq.Options();
      options.setStreamIdentifier(identifier('cut'));
      options.setNoStream(new shared.Empty());
      const first = new AppendReq();
      first.setOptions(options);
      call.write(first);
      for (let n = 0; n < 3; n++) call.write(proposal(n));
      await new Promise((resolve) => setTimeout(resolve, run));
      if (isAlone) call.cancel();
      else proxy.cut();
      raw.close();
      await proxy.close();
    }
    await client.appendToStream('other', jsonEvent({ type: 'T', data: {} }));
    assert.is(store.streamHead('cut'), undefined);
  });
});

/** A line to the gateway that can be cut. */
async function cuttable(port: number) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    for (const each of [socket, onward]) each.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
    sockets.push(socket, onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function proposal(n: number) {
  const message = new AppendReq.ProposedMessage();
  const id = new shared.UUID();
  id.setString(sampleEvent(n).id);
  message.setId(id);
  message.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
  message.setData(Buffer.from('{}'));
  const request = new AppendReq();
  request.setProposedMessage(message);
  return request;
}

wrong('are answered with a status and a sentence', async () => {
  await withGateway({}, async ({ port }) => {
    const raw = streamsAt(port);
    const cases = [
      [new ReadReq(), /has no options/],
      [readRequest(Uint8Array.from([0xff])), /not UTF-8/],
    ] as const;
    for (const [request, sentence] of cases) {
      const { code, details } = await statusOf(raw.read(request));
      assert.is(code, status.INVALID_ARGUMENT);
      assert.match(details, sentence);
    }
    const filtered = readRequest('s');
    const filter = new ReadReq.Options.FilterOptions();
    const expression = new ReadReq.Options.FilterOptions.Expression();
    expression.setRegex('(');
    filter.setEventType(expression);
    filtered.getOptions()?.setFilter(filter);
    assert.match((await statusOf(raw.read(filtered))).details, /no regular expression/);
    raw.close();
  });
});

wrong('for a group that is not there name it in the trailers', async () => {
  await withGateway({}, async ({ port }) => {
    const { PersistentSubscriptionsClient } = persistentServices;
    const raw = new PersistentSubscriptionsClient(
      `127.0.0.1:${port}`,
      credentials.createInsecure(),
    );
    const options = new persistent.DeleteReq.Options();
    options.setStreamIdentifier(identifier('s'));
    options.setGroupName('g');
    const request = new persistent.DeleteReq();
    request.setOptions(options);
    const error = await new Promise<ServiceError | null>((resolve) => {
      raw.delete(request, (failure) => resolve(failure));
    });
    assert.is(error?.code, status.NOT_FOUND);
    assert.is(error?.details, 'Subscription group g on stream s does not exist.');
    const trailers = ['exception', 'stream-name', 'group-name'].map(
      (name) => error?.metadata.get(name)[0],
    );
    assert.equal(trailers, ['persistent-subscription-does-not-exist', 's', 'g']);
    raw.close();
  });
});

encoding('reads back as it was, numbers beyond 32 and 53 bits included', () => {
  const numbers = [0, 1, 127, 128, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 40 + 3, 2 ** 53 - 1];
  for (const number of numbers) {
    const writer = new ProtoWriter(100);
    const end = writer.mark();
    writer.number(2, number, true);
    writer.number(1, number, true);
    writer.close(3, end);
    const read = ReadResp.deserializeBinary(writer.finish()).getCheckpoint();
    const places = [read?.getCommitPosition(), read?.getPreparePosition()];
    assert.equal(places, [String(number), String(number)]);
  }
  for (const int64 of [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0n]) {
    const writer = new ProtoWriter(100);
    const end = writer.mark();
    writer.int64(1, int64);
    writer.close(1, end);
    const uuid = shared.UUID.deserializeBinary(writer.finish()).getStructured();
    assert.is(uuid?.getMostSignificantBits(), String(int64));
  }
});

other.run();
wrong.run();
encoding.run();
