import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { Keyring } from '../../src/ledger/keyring.ts';
import { openSealed, seal } from '../../src/ledger/sealing.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const purge = suite('a purge by another process');
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-purge-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

purge(
  'reaches a ledger that is open: what was sealed does not open, nothing is sealed any more',
  async () => {
    const path = join(directory, 'ledger.db');
    const [one, other] = [openSqliteStore(path), openSqliteStore(path)];
    const ledgerKey = Buffer.alloc(32, 7);
    const keyringOf = (table: typeof one.keys) =>
      new Keyring({ table, ledgerKey, nowNs: () => 1n });
    const [here, there] = [keyringOf(one.keys), keyringOf(other.keys)];
    const place = { stream: 'channel-a.b.ldk', type: 'HtlcAdded', id: 'x' };
    const sealed = seal(here, 'channel/a/b', place, '{"paymentHash":"00"}');
    equal(openSealed(there, place, sealed).state, 'open');
    equal(seal(there, 'channel/a/b', place, '{"paymentHash":"00"}'), sealed);

    here.destroy('channel/a/b');
    // The other process' next piece of work.
    await Promise.resolve();

    equal(openSealed(there, place, sealed).state, 'purged');
    equal(seal(there, 'channel/a/b', place, '{"paymentHash":"01"}'), { keyId: sealed.keyId });
    await one.close();
    await other.close();
  },
);

purge.run();
