/** Two copies of a gossip_store, whichever is imported first, leave the same public channels. */
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { gossipProjection } from '../../projections/gossip.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { gossipImporter } from '../../src/sources/gossip/importer.ts';
import { StoreRecords } from '../../src/sources/gossip/store-records.ts';
import { realStore, storeBytes } from '../sources/gossip/stores.ts';
import { fileOf, imported } from '../sources/importing.ts';

const orders = suite('gossip imported from several copies');

let parts = 0;

/** Every so many records of a real store. */
function part(name: string, isIn: (nth: number) => boolean): string {
  const store = realStore(name);
  const records = [...new StoreRecords(15, name).take(store.subarray(1))]
    .filter(({ isSound }, nth) => isSound && isIn(nth))
    .map(({ message, timestamp }) => ({ message, timestamp }));
  return fileOf(`part-${++parts}`, storeBytes(records));
}

async function rowsAfter(paths: readonly string[]): Promise<readonly unknown[]> {
  const ledger = await openLedger(MEMORY);
  try {
    for (const path of paths) {
      const { observations } = await imported(gossipImporter, [path]);
      const { quarantined } = await ledger.record(observations);
      is(quarantined, 0);
    }
    const rows = ledger.rows.all(gossipProjection);
    // A capacity stands in the record behind its announcement, and is told with it or not at all.
    return rows
      .map(({ stream, row: { capacitySat: _, ...row } }) => ({ stream, row }))
      .sort((a, b) => (a.stream < b.stream ? -1 : 1));
  } finally {
    await ledger.close();
  }
}

for (const name of ['regtest-mesh-3x3', 'mainnet-small']) {
  orders(`of ${name} are the same in either order, and with a copy of all of it`, async () => {
    const early = part(name, (nth) => nth % 3 < 2);
    const late = part(name, (nth) => nth % 3 > 0);
    const whole = part(name, () => true);
    const expected = await rowsAfter([whole]);
    equal(await rowsAfter([early, late]), expected);
    equal(await rowsAfter([late, early]), expected);
    equal(await rowsAfter([late, whole, early]), expected);
  });
}

orders.run();
