/** Opening a ledger in a cluster: the replica that answers for it, and the keys beside. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseClusterAddress } from '../store/eventstoredb/address.ts';
import { openClusterStore } from '../store/eventstoredb/open.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { Replica } from './replica.ts';
import { ReplicatedStore } from './replicated-store.ts';

export interface ClusterOpening {
  /** The replica's file; by default one for each cluster and ledger, below the home directory. */
  readonly replica?: string;
  /** Told of lost connections and lost answers. */
  readonly onTrouble?: (sentence: string) => void;
}

export interface OpenedCluster {
  readonly store: ReplicatedStore;
  /** Where the ledger's key lies: beside the file of its data keys. */
  readonly keysPath: string;
}

const OPENING_MS = 10_000;

/** Opens it and catches up: what the cluster has now is answered from here on. */
export async function openClusterLedger(
  address: string,
  { replica: replicaPath, onTrouble }: ClusterOpening,
): Promise<OpenedCluster> {
  const path = replicaPath ?? defaultReplicaPath(address);
  if (replicaPath === undefined) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const said = { ...(onTrouble && { onTrouble }) };
  const cluster = openClusterStore(address, said);
  const local = openSqliteStore(path);
  const keysPath = keysPathOf(path);
  const keyStore = openSqliteStore(keysPath);
  const replica = new Replica({ source: cluster, local, ...said });
  const store = new ReplicatedStore({ cluster, local, keyStore, replica });
  try {
    // Whoever waits at a terminal is told soon that nobody answers; what is open waits longer.
    await cluster.lastCheckpoint(OPENING_MS);
    replica.start();
    await replica.caughtUp();
  } catch (cause) {
    await store.close();
    throw cause;
  }
  return { store, keysPath };
}

/** What this program can remove of a cluster's ledger lies on this machine; the rest it names. */
export function howToWipe(address: string): string {
  const replica = defaultReplicaPath(address);
  return (
    `the streams of ${parseClusterAddress(address).shown} are deleted and scavenged with the cluster's own tools; ` +
    `here lie only the replica ${replica} and its keys ${keysPathOf(replica)}: wipe each with --ledger FILE`
  );
}

/** A replica can be removed at any time; this file cannot. */
function keysPathOf(replicaPath: string): string {
  return `${replicaPath}.keys`;
}

/** The same cluster and ledger always have the same file, whatever the order of its hosts. */
function defaultReplicaPath(address: string): string {
  const { hosts, ledger } = parseClusterAddress(address);
  const place = [...hosts].sort().join('+').replaceAll(':', '_');
  const name = ledger === undefined ? place : `${place}.${ledger}`;
  return join(homedir(), '.channel-ledger', 'replicas', `${name}.db`);
}
