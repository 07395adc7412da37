/** A file that commands on the fake ledger may be pointed at: it only has to be there. */
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(import.meta.url);
