/** What is handed over unsealed lies in every store as if it had been sealed before. */
import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AppendRequest,
  MAX_EVENT_BYTES,
  NO_STREAM,
  StoreError,
} from '../../src/store/event-store.ts';
import { hmacKeyOf } from '../../src/store/hmac.ts';
import { eventBytes } from '../../src/store/limits.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type SealingKey, sealEvent } from '../../src/store/unsealed.ts';
import { sampleEvent, temporaryDirectory } from './sample-events.ts';

const unsealed = suite('an event that is still to be sealed');
const directory = temporaryDirectory();
/** More than the writer's thread is told at a time. */
const KEYS = 1100;

function keyOf(nth: number): SealingKey {
  const bytes = Buffer.alloc(32, nth & 0xff);
  bytes.writeUInt32BE(nth);
  const keyId = nth.toString(16).padStart(16, '0');
  return { keyId, encryptionKey: createSecretKey(bytes), nonceKey: hmacKeyOf(bytes) };
}

function requestOf(nth: number, text = JSON.stringify({ preimage: String(nth) })): AppendRequest {
  const event = { ...sampleEvent(nth), unsealed: { key: keyOf(nth % KEYS), text } };
  return {
    stream: `sealed-${nth % 7}`,
    events: [event],
    expectedRevision: Math.floor(nth / 7) - 1,
  };
}

const requests = Array.from({ length: 2 * KEYS }, (_, nth) => requestOf(nth));

unsealed('is the same in memory, in a file, and written by the thread of its own', async () => {
  const expected = new MemoryStore();
  await expected.appendMany(
    requests.map((request) => ({
      ...request,
      events: request.events.map((event) => sealEvent(request.stream, event)),
    })),
  );
  const head = await expected.head();
  const first = await expected.readStream('sealed-0').next();
  assert.match(first.value?.data ?? '', /"sealed":\{"keyId":"0000000000000000","box":"[^"]+"\}\}$/);
  for (const [name, isAside] of [
    ['inline', false],
    ['aside', true],
  ] as const) {
    const store = openSqliteStore(join(directory, `${name}.db`));
    for (let at = 0; at < requests.length; at += 100) {
      await store.appendMany(requests.slice(at, at + 100), { isAside });
    }
    assert.equal(await store.head(), head, name);
    await store.close();
  }
  const memory = new MemoryStore();
  await memory.appendMany(requests);
  assert.equal(await memory.head(), head);
});

unsealed('is measured as it will be stored, to the byte', async () => {
  const [event] = requestOf(0, '"ä€😀"').events;
  assert.ok(event);
  assert.is(eventBytes(event), eventBytes(sealEvent('sealed-0', event)));
  const room = MAX_EVENT_BYTES - eventBytes(event);
  // Base64: four characters for three bytes.
  const fitting = requestOf(0, `"ä€😀${'x'.repeat(Math.floor(room / 4) * 3 - 3)}"`);
  const tooLong = requestOf(0, `"ä€😀${'x'.repeat(Math.floor(room / 4) * 3 + 6)}"`);
  const store = openSqliteStore(join(directory, 'large.db'));
  for (const isAside of [false, true]) {
    const error = await store.appendMany([tooLong], { isAside }).catch((cause: unknown) => cause);
    assert.instance(error, StoreError);
  }
  const [answer] = await store.appendMany([fitting], { isAside: true });
  assert.ok(answer?.ok);
  assert.is(fitting.expectedRevision, NO_STREAM);
  await store.close();
});

unsealed.run();
