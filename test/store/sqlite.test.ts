import { join } from 'node:path';
import { suite } from 'uvu';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { eventStoreContract } from '../store-contract.ts';
import { derivedContract } from './derived-contract.ts';
import { localStoreContract } from './local-contract.ts';
import { modelContract } from './model-contract.ts';
import { seedOfRun, temporaryDirectory } from './sample-events.ts';

const test = suite('SQLite store');
const seed = seedOfRun();
const directory = temporaryDirectory();
let made = 0;
const makeStore = async () => openSqliteStore(join(directory, `${made++}.db`));

eventStoreContract(test, makeStore);
modelContract(test, makeStore, seed);
localStoreContract(test, makeStore, seed);
derivedContract(test, makeStore);

test.run();
