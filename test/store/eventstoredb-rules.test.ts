import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventDigest, uuidV8Of } from '../../src/store/digest.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { parseClusterAddress } from '../../src/store/eventstoredb/address.ts';
import { backoffMs } from '../../src/store/eventstoredb/backoff.ts';
import { checkpointText, parseCheckpoint } from '../../src/store/eventstoredb/log-position.ts';
import { LedgerNames } from '../../src/store/eventstoredb/names.ts';
import { landedOf, mergeable } from '../../src/store/eventstoredb/outcome.ts';
import { sealedEvent, unsealedEvent } from '../../src/store/eventstoredb/stored-form.ts';
import { refusalOf } from '../../src/store/eventstoredb/trouble.ts';
import { sampleEvent, sampleEvents } from './sample-events.ts';

const test = suite('rules of the EventStoreDB store');

const PASSWORD = 'geheim';
const refused: readonly (readonly [string, RegExp])[] = [
  ['http://localhost:2113', /is written esdb:\/\/HOST/],
  ['esdb://', /is written esdb:\/\/HOST/],
  ['esdb://host:99999', /no host of a cluster/],
  ['esdb://host?tsl=false', /no option "tsl"/],
  ['esdb://host?tls=no', /"true" or "false"/],
  ['esdb://host?tls=false&tls=true', /the option tls twice/],
  ['esdb://host?ledger=Main', /no name of a ledger/],
  ['esdb://host?ledger=a.b', /no name of a ledger/],
  ['esdb://host?keepAliveInterval=5', /at least 10000/],
  ['esdb://host?defaultDeadline=soon', /takes a whole number/],
  ['esdb://host?throwOnAppendFailure=false', /no option "throwOnAppendFailure"/],
  [`esdb://user:${PASSWORD}@host?tls=false`, /not sent at all/],
  [`esdb://${PASSWORD}@host`, /USER:PASSWORD@HOST/],
];
for (const [address, words] of refused) {
  test(`the address ${address} is refused with a sentence that shows no password`, () => {
    const error = failureOf(() => parseClusterAddress(address));
    assert.match(error, words);
    assert.not.match(error, PASSWORD);
  });
}

test('an address keeps for the client what is the client’s, and the ledger’s name for us', () => {
  const address = parseClusterAddress(
    `esdb+discover://admin:${PASSWORD}@a:1,b?ledger=main&tlscafile=%2Fca.pem`,
  );
  assert.is(address.connection, `esdb+discover://admin:${PASSWORD}@a:1,b:2113?tlsCAFile=%2Fca.pem`);
  assert.is(address.shown, 'esdb+discover://a:1,b:2113?ledger=main');
  assert.is(address.ledger, 'main');
});

test('an event in the cluster has its digest’s UUID, and comes back byte for byte', () => {
  for (const metadata of [
    '{"source":"ldk","schema":1}',
    '{}',
    '',
    'no JSON',
    '{"2":1,"1":2}',
    '{"n":1.0}',
    '{"n":9007199254740993}',
    '{"a":1,"a":2}',
    '{"$id":"x","digest":"y"}',
    '{"$text":"x"}',
    '{ "a": 1 }',
    '{"__proto__":1}',
    '[1]',
  ]) {
    const event = sampleEvent(1, { metadata, data: '{"é":"\\u0000"}' });
    const previous = Buffer.alloc(32, 7);
    const sealed = sealedEvent('s', 3, event, previous);
    const { id, type, data } = event;
    const digest = eventDigest({ stream: 's', revision: 3, id, type, data, metadata }, previous);
    assert.equal(Buffer.from(sealed.digest), Buffer.from(digest), metadata);
    assert.is(sealed.event.id, uuidV8Of(digest));
    // As the client reads it: metadata parsed.
    const parsed = JSON.parse(Buffer.from(sealed.event.metadata).toString());
    assert.equal(Object.keys(parsed).slice(-2), ['$id', 'digest'], metadata);
    const back = unsealedEvent({ type, data: sealed.event.data, metadata: parsed }, () => 'here');
    assert.equal([back.id, back.data, back.metadata], [id, data, metadata]);
    assert.equal(Buffer.from(back.digest), Buffer.from(digest));
  }
});

test('an event that no ledger wrote is refused, and its place named', () => {
  for (const metadata of [undefined, {}, { digest: 'x' }, new Uint8Array([1])]) {
    const read = () =>
      unsealedEvent({ type: 'T', data: new Uint8Array(), metadata }, () => 's revision 4');
    assert.match(failureOf(read), /^s revision 4 in the cluster was not written by/);
  }
});

test('no ledger sees another one’s streams, and none the server’s own', () => {
  const [main, mai, none] = ['main', 'mai', undefined].map((name) => new LedgerNames(name));
  assert.is(main?.inCluster('channel-1'), 'main.channel-1');
  assert.is(main?.ours('main.channel-1'), 'channel-1');
  assert.is(mai?.ours('main.channel-1'), undefined);
  assert.is(none?.ours('main.channel-1'), undefined);
  assert.is(none?.ours('channel-1'), 'channel-1');
  for (const names of [main, none]) assert.is(names?.ours('$ce-channel'), undefined);
  assert.match(
    failureOf(() => none?.assertStream('main.channel-1')),
    /without a name/,
  );
  assert.equal(main?.filter([]), { prefixes: ['main.'] });
  const filter = none?.filter([]);
  const regex = new RegExp(filter !== undefined && 'regex' in filter ? filter.regex : '');
  assert.equal(
    ['channel-1', '$stats', 'main.x', 'peer-0a.b'].map((name) => regex.test(name)),
    [true, false, false, true],
  );
});

test('a lost append is found where its very events are, and taken for nothing where none are', () => {
  const events = sampleEvents(0, 2);
  const stored = events.map((event) => ({ ...event, digest: Buffer.from(event.id) }));
  assert.is(landedOf(events, [], 4).kind, 'nothing');
  assert.is(landedOf(events, stored.slice(0, 1), 4).kind, 'other');
  assert.is(landedOf(events, [...stored].reverse(), 4).kind, 'other');
  const landed = landedOf(events, stored, 4);
  assert.equal(landed, { kind: 'landed', revision: 6, digest: stored[1]?.digest });
});

test('an append that a server did not handle is made again, one that it refused is not', () => {
  // What a real server answers while it starts: no code, and nothing in the details.
  assert.ok(refusalOf('google.protobuf.Empty', 'Server Is Not Ready').isPassing);
  assert.ok(refusalOf('event_store.client.Timeout', 'Timeout').isPassing);
  for (const type of ['AccessDenied', 'StreamDeleted', 'BadRequest', 'InvalidTransaction']) {
    assert.not(refusalOf(`event_store.client.${type}`, type).isPassing, type);
  }
});

test('requests share a call while each follows the one before, and all fit', () => {
  const request = (n: number, expectedRevision: number, bytes = 10) => {
    const events = [sampleEvent(n, { data: 'x'.repeat(bytes) })];
    return { stream: 's', events, expectedRevision };
  };
  assert.is(mergeable([]), 0);
  assert.is(mergeable([request(0, 4), request(1, 5), request(2, 6)]), 3);
  assert.is(mergeable([request(0, 4), request(1, 7)]), 1);
  assert.is(mergeable([request(0, 4), request(1, 4)]), 1);
  assert.is(mergeable([request(0, 0, 500_000), request(1, 1, 490_000), request(2, 2, 20_000)]), 2);
});

test('waiting grows, is bounded, and is not the same for all', () => {
  assert.ok(backoffMs(0, 1) <= 50);
  assert.ok(backoffMs(3, 0) > backoffMs(0, 1));
  assert.ok(backoffMs(1000, 1) <= 5000);
  assert.is.not(backoffMs(5, 0.1), backoffMs(5, 0.9));
});

test('a checkpoint holds both places of the log, exactly', () => {
  const place = { commit: 2n ** 62n + 1n, prepare: 2n ** 62n };
  assert.equal(parseCheckpoint(checkpointText(place)), place);
  assert.match(
    failureOf(() => parseCheckpoint('12')),
    /not a checkpoint/,
  );
});

function failureOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
  return 'nothing was refused';
}

test.run();
