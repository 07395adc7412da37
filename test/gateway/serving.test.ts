import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { AccessDeniedError, EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type GatewayOptions, startGateway } from '../../src/gateway/gateway.ts';
import { selfSigned } from '../../src/gateway/self-signed.ts';
import { NO_STREAM as NEW, StoreError, type StreamRange } from '../../src/store/event-store.ts';
import { openConnection } from '../../src/store/sqlite/open-connection.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { collect, sampleEvent, sampleEvents } from '../store/sample-events.ts';
import { failureOf, newFile, withGateway } from './gateway.ts';

const lines = suite('the line to the gateway');
const calls = suite('calls of the gateway');

const HOSTS = ['localhost', '127.0.0.1', '::1'];
const anything = { isWritable: true, accepts: 'anything' } as const;

/** Runs with a client that trusts the gateway's own certificate. */
async function encrypted(
  options: Partial<GatewayOptions>,
  userInfo: string,
  run: (client: EventStoreDBClient) => Promise<void>,
): Promise<void> {
  const tls = selfSigned(HOSTS);
  const authority = `${newFile()}.pem`;
  writeFileSync(authority, tls.certificate);
  await withGateway({ ...anything, ...options, tls }, async ({ port }) => {
    const address = `esdb://${userInfo}localhost:${port}?tls=true&tlsCAFile=${authority}`;
    const client = EventStoreDBClient.connectionString(address);
    try {
      await run(client);
    } finally {
      await client.dispose();
    }
  });
}

const append = (client: EventStoreDBClient) =>
  client.appendToStream('s', jsonEvent({ type: 'T', data: {} }), { expectedRevision: NO_STREAM });

lines('is encrypted with a certificate made on the spot', async () => {
  await encrypted({}, '', async (client) => {
    await append(client);
    assert.is((await collect(client.readStream('s'))).length, 1);
  });
});

lines('has a certificate for every kind of name and address', () => {
  const { certificate } = selfSigned(['a.example', '10.1.2.3', 'fe80::1:2', '::', '2001:db8::']);
  const { subjectAltName, ca, issuer, subject } = new X509Certificate(certificate);
  assert.is(
    subjectAltName,
    'DNS:a.example, IP Address:10.1.2.3, IP Address:FE80:0:0:0:0:0:1:2, ' +
      'IP Address:0:0:0:0:0:0:0:0, IP Address:2001:DB8:0:0:0:0:0:0',
  );
  assert.ok(ca);
  assert.is(issuer, subject);
});

lines('asks for the password, where there is one', async () => {
  const password = 'pass word:€';
  const right = `anybody:${encodeURIComponent(password)}@`;
  await encrypted({ password }, right, async (client) => {
    await append(client);
    assert.is((await collect(client.readAll())).length, 1);
  });
  for (const wrong of ['', 'anybody:wrong@']) {
    await encrypted({ password }, wrong, async (client) => {
      const refused = [
        () => collect(client.readAll()),
        () => collect(client.subscribeToAll()),
        () => client.listAllPersistentSubscriptions(),
      ];
      for (const run of refused) assert.instance(await failureOf(run), AccessDeniedError);
      assert.instance(await failureOf(() => append(client)), Error);
    });
  }
});

lines('carries no password in the clear', async () => {
  const store = new SqliteStore(openConnection(newFile()), {});
  const error = await failureOf(() => startGateway({ store, port: 0, password: 'x' }));
  assert.instance(error, StoreError);
  assert.match(error.message, /needs TLS/);
  await store.close();
});

lines('that is taken already is said in a sentence', async () => {
  await withGateway({}, async ({ store, port }) => {
    const error = await failureOf(() => startGateway({ store, port }));
    assert.instance(error, StoreError);
    assert.match(error.message, /cannot listen on 127\.0\.0\.1/);
  });
});

calls('find the gateway by asking around too', async () => {
  await withGateway(anything, async ({ port }) => {
    const address = `esdb+discover://127.0.0.1:${port}?tls=false`;
    const client = EventStoreDBClient.connectionString(address);
    await append(client);
    assert.is((await collect(client.readAll())).length, 1);
    await client.dispose();
  });
});

calls('for what a ledger does not do are unimplemented', async () => {
  await withGateway(anything, async ({ client }) => {
    await append(client);
    for (const run of [
      () => client.deleteStream('s'),
      () => client.tombstoneStream('s'),
      () => client.createProjection('p', 'fromAll()'),
      () => client.restartPersistentSubscriptionSubsystem(),
    ]) {
      const error = await failureOf(run);
      assert.is('code' in error && error.code, 12);
    }
  });
});

class CountingStore extends SqliteStore {
  count = 0;

  override *streamEvents(stream: string, range: StreamRange = {}) {
    for (const event of super.streamEvents(stream, range)) {
      this.count++;
      yield event;
    }
  }
}

calls('wait for a client that reads slowly, instead of filling the memory', async () => {
  const store = new CountingStore(openConnection(newFile()), {});
  const kilobytes100 = 'x'.repeat(100_000);
  const total = 600;
  for (let n = 0; n < total; n++) {
    const event = sampleEvent(n, { data: JSON.stringify({ n, kilobytes100 }) });
    await store.append('big', [event], { expectedRevision: n === 0 ? NEW : n - 1 });
  }
  for (const isSubscription of [false, true]) {
    store.count = 0;
    await withGateway({ store }, async ({ client }) => {
      const events = isSubscription ? client.subscribeToStream('big') : client.readStream('big');
      let seen = 0;
      for await (const event of events) {
        if (event.event !== undefined) seen++;
        if (seen === 1) await wait(300);
        if (seen === 1) assert.ok(store.count < total / 4, `${store.count} of ${total} were read`);
        if (seen === total) break;
      }
      assert.is(seen, total);
    });
  }
  await store.close();
});

calls('under way end when the gateway closes', async () => {
  const store = new SqliteStore(openConnection(newFile()), {});
  await store.append('a', sampleEvents(0, 3), { expectedRevision: NEW });
  const gateway = await startGateway({ store, port: 0 });
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${gateway.port}?tls=false`);
  const ended = failureOf(() => collect(client.subscribeToAll()));
  await wait(100);
  await gateway.close();
  assert.instance(await ended, Error);
  await client.dispose();
  await store.close();
});

lines.run();
calls.run();
