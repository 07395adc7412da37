/** Opening a ledger in a cluster. */
import { parseClusterAddress } from './address.ts';
import { Cluster } from './cluster.ts';
import { ClusterStore, type ClusterStoreOptions } from './store.ts';

/** One connection a process and address: the client's connections disturb each other's appends. */
const open = new Map<string, { readonly cluster: Cluster; users: number }>();

/** Opens the ledger at `esdb://…`; throws a StoreError for an address that is none. */
export function openClusterStore(text: string, options: ClusterStoreOptions = {}): ClusterStore {
  const address = parseClusterAddress(text);
  const shared = open.get(address.connection) ?? {
    cluster: new Cluster(address, options.silenceMs),
    users: 0,
  };
  open.set(address.connection, shared);
  shared.users++;
  const release = async () => {
    if (--shared.users > 0) return;
    open.delete(address.connection);
    await shared.cluster.close();
  };
  return new ClusterStore(address, { cluster: shared.cluster, release }, options);
}
