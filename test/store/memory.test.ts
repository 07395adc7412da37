import { suite } from 'uvu';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventStoreContract } from '../store-contract.ts';
import { derivedContract } from './derived-contract.ts';
import { localStoreContract } from './local-contract.ts';
import { modelContract } from './model-contract.ts';
import { seedOfRun } from './sample-events.ts';

const test = suite('memory store');
const seed = seedOfRun();
const makeStore = async () => new MemoryStore();

eventStoreContract(test, makeStore);
modelContract(test, makeStore, seed);
localStoreContract(test, makeStore, seed);
derivedContract(test, makeStore);

test.run();
