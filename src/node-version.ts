/** Imported first: on older versions the SQLite binding would crash the process instead of failing. */
const [major = 0] = process.versions.node.split('.').map(Number);
const OLDEST = 22;
if (major < OLDEST) {
  throw new Error(`channel-ledger needs Node ${OLDEST} or newer, and this is ${process.version}`);
}
