import { suite } from 'uvu';
import { eventStoreContract } from '../store-contract.ts';
import { newClusterStore, testCluster } from './cluster.ts';

const test = suite('EventStoreDB store');
const cluster = await testCluster();

eventStoreContract(test, () => newClusterStore(cluster));

test.after(() => cluster.close());
test.run();
