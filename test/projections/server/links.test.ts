/** The links lie in streams that begin like the ledger's own: whoever reads the ledger must not meet them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM } from '../../../src/store/event-store.ts';
import { parseClusterAddress } from '../../../src/store/eventstoredb/address.ts';
import { Cluster } from '../../../src/store/eventstoredb/cluster.ts';
import { openClusterStore } from '../../../src/store/eventstoredb/open.ts';
import { testCluster } from '../../store/cluster.ts';
import { sampleEvent } from '../../store/sample-events.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

const links = suite('links beside the ledger');

links('reading and following a ledger pass over the links of the projections', async () => {
  const server = await testCluster();
  const address = server.newLedger();
  const prefix = `${parseClusterAddress(address).ledger}.`;
  const store = openClusterStore(address);
  const bare = new Cluster(parseClusterAddress(address));
  try {
    await store.append('channel-a', [sampleEvent(1)], { expectedRevision: NO_STREAM });
    const link = {
      id: 'aaaaaaaa-0000-8000-8000-000000000002',
      type: '$>',
      data: new TextEncoder().encode(`0@${prefix}channel-a`),
      metadata: new TextEncoder().encode('{}'),
    };
    for (const stream of ['closes', 'fee-changes', 'by-peer-02']) {
      assert.ok((await bare.append(prefix + stream, [link], NO_STREAM)).ok);
    }
    const seen: string[] = [];
    for await (const { stream } of store.readAll()) seen.push(stream);
    assert.equal(seen, ['channel-a']);
    const end = await store.lastCheckpoint();
    const stop = new AbortController();
    for await (const found of store.subscribe(undefined, undefined, stop.signal)) {
      assert.is(store.checkpointOf(found), end);
      stop.abort();
    }
  } finally {
    await bare.close();
    await store.close();
    await server.close();
  }
});

links(
  'what a projection keeps is found by the beginning of its name, and to its last stream',
  async () => {
    const server = await testCluster();
    const address = parseClusterAddress(server.newLedger());
    const cluster = new Cluster(address);
    const kept = (name: string) => `${address.ledger}.kept-${name}`;
    try {
      const event = {
        id: crypto.randomUUID(),
        type: 'T',
        data: bytes('{}'),
        metadata: bytes('{}'),
      };
      for (const name of [kept('a'), kept('b'), `${address.ledger}.other`]) {
        assert.ok((await cluster.append(name, [event], NO_STREAM)).ok);
      }
      assert.equal([...(await cluster.streamNames(kept('')))].sort(), [kept('a'), kept('b')]);
      assert.is((await cluster.streamNames(kept('none'))).size, 0);
    } finally {
      await cluster.close();
      await server.close();
    }
  },
);

links.run();
