/** Opening a ledger in a cluster. */
import { type ClusterAddress, parseClusterAddress } from './address.ts';
import { Cluster } from './cluster.ts';
import { ConsumerGroups, type GroupsParts } from './groups.ts';
import { ClusterStore, type ClusterStoreOptions } from './store.ts';

/** One connection a process and address: the client's connections disturb each other's appends. */
const open = new Map<string, { readonly cluster: Cluster; users: number }>();

/** Opens the ledger at `esdb://…`; throws a StoreError for an address that is none. */
export function openClusterStore(text: string, options: ClusterStoreOptions = {}): ClusterStore {
  const address = parseClusterAddress(text);
  return new ClusterStore(address, connected(address, options.silenceMs), options);
}

/** Opens the groups of consumers of the ledger at `esdb://…`. */
export function openConsumerGroups(
  text: string,
  options: Pick<GroupsParts, 'onTrouble'> = {},
): ConsumerGroups {
  const address = parseClusterAddress(text);
  const { cluster, release } = connected(address);
  return new ConsumerGroups({ address, client: cluster.groupClient, release, ...options });
}

function connected(address: ClusterAddress, silenceMs?: number) {
  const shared = open.get(address.connection) ?? {
    cluster: new Cluster(address, silenceMs),
    users: 0,
  };
  open.set(address.connection, shared);
  shared.users++;
  const release = async () => {
    if (--shared.users > 0) return;
    open.delete(address.connection);
    await shared.cluster.close();
  };
  return { cluster: shared.cluster, release };
}
