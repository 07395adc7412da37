/** A writable gateway in a process of its own; prints its port. Takes every event, as a bare server does. */
import { startGateway } from '../../src/gateway/gateway.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const [path = ''] = process.argv.slice(2);
const store = openSqliteStore(path, { create: true, isGathering: true });
const gateway = await startGateway({ store, port: 0, isWritable: true, accepts: 'anything' });
process.stdout.write(`${gateway.port}\n`);
// Whoever started it ends it by closing its input.
process.stdin.on('end', () => process.exit(0)).resume();
