/** A server for the tests of clusters: a gateway in this process, or the one that is given. */
import { randomBytes } from 'node:crypto';
import { startGateway } from '../../src/gateway/gateway.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import type { ClusterStore, ClusterStoreOptions } from '../../src/store/eventstoredb/store.ts';
import { MemoryStore } from '../../src/store/memory.ts';

export interface TestCluster {
  /** The address of a ledger that nobody else uses. */
  newLedger(): string;
  close(): Promise<void>;
}

export async function testCluster(): Promise<TestCluster> {
  const given = process.env.CHANNEL_LEDGER_TEST_ESDB;
  if (given !== undefined && given !== '') {
    return { newLedger: () => named(given), close: async () => undefined };
  }
  const store = new RoomyStore();
  const gateway = await startGateway({ store, port: 0, isWritable: true, accepts: 'anything' });
  return {
    newLedger: () => named(`esdb://127.0.0.1:${gateway.port}?tls=false`),
    close: async () => {
      await gateway.close();
      await store.close();
    },
  };
}

/** Ids and digests come on top of the largest event, as they do in a real server. */
class RoomyStore extends MemoryStore {
  protected override assertStorable(): void {
    // The adapter under test has looked.
  }
}

/** Each test has a ledger of its own: a server cannot be emptied. */
function named(address: string): string {
  const name = `t${randomBytes(8).toString('hex')}`;
  return `${address}${address.includes('?') ? '&' : '?'}ledger=${name}`;
}

export async function newClusterStore(
  cluster: TestCluster,
  options: ClusterStoreOptions = {},
): Promise<ClusterStore> {
  return openClusterStore(cluster.newLedger(), options);
}
