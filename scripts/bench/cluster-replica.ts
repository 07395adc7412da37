/** A replica: how fast it catches up beside a bare subscription, and what it costs to answer from one. */
import { join } from 'node:path';
import { streamNameFilter } from '@eventstore/db-client';
import { copyBetween } from '../../src/ledger/copy-ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { startReplication } from '../../src/ledger/replicate.ts';
import { parseClusterAddress } from '../../src/store/eventstoredb/address.ts';
import { type BenchCluster, counted, figure } from './cluster.ts';
import { type Figure, pairwise, perSecond } from './figure.ts';
import { makeLedger } from './reading.ts';

/** The bare subscription only counts; the replica checks every digest and writes to its disk as well. */
export async function replicaFigures(cluster: BenchCluster): Promise<Figure[]> {
  const { bare, newAddress, directory, isQuick } = cluster;
  const direct = join(directory, 'direct.db');
  const events = await makeLedger(direct, isQuick ? 10_000 : 100_000);
  const address = newAddress();
  await copyBetween(direct, address, {});
  const prefixes = [`${parseClusterAddress(address).ledger}.`];
  let replicas = 0;
  const replicate = async () => {
    const replication = await startReplication(address, join(directory, `r${replicas++}.db`));
    await replication.caughtUp();
    await replication.close();
  };
  const subscribe = async () => {
    const filter = streamNameFilter({ prefixes, maxSearchWindow: 4096 });
    const subscription = bare.subscribeToAll({ filter });
    await counted(subscription, events);
    // Not waited for: its end comes late or never.
    subscription.unsubscribe().catch(() => undefined);
    subscription.resume();
  };
  const many = events.toLocaleString('en-US');
  const catchUp = await figure(`a cluster: a replica catching up ${many} events`, events, {
    ours: replicate,
    bare: subscribe,
  });
  const rebuild = async (path: string) => {
    const ledger = await openLedger(path);
    await ledger.rebuild();
    await ledger.close();
  };
  const { measuredMs, ceilingMs, ratio } = await pairwise(
    3,
    () => rebuild(join(directory, 'r0.db')),
    () => rebuild(direct),
  );
  return [
    catchUp,
    {
      name: `rows rebuilt from a replica of ${many} events`,
      measured: perSecond(events, measuredMs),
      ceiling: `${perSecond(events, ceilingMs)} from the ledger recorded directly`,
      ratio,
      wanted: { atLeast: 0.8 },
    },
  ];
}
