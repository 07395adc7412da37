import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { knownBlocks } from '../../../src/ledger/answers/known-blocks.ts';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { NodeId } from '../../../src/lightning/ids.ts';
import type { NodeObservation } from '../../../src/observation/observation.ts';

const blocks = suite('what a ledger knows of when blocks were found');

const nodeId = NodeId(`02${'a1'.repeat(32)}`);
const S = 1_000_000_000n;
const T0 = 1_600_000_000n;

/** The node was handed a block, at a moment that somebody told or that was placed. */
function handed(
  height: number,
  seconds: bigint,
  timeBasis: NodeObservation['timeBasis'],
): NodeObservation {
  return {
    about: 'node',
    chain: 'somewhere',
    nodeId,
    source: 'mine',
    happenedAtNs: (T0 + seconds) * S,
    timeBasis,
    recordedAtNs: (T0 + 9000n) * S,
    evidence: `block ${height}`,
    key: String(height),
    fact: {
      type: 'BestBlockChanged',
      data: { height, blockHash: height.toString(16).padStart(64, '0') },
    },
  };
}

async function knownAfter(...observations: readonly NodeObservation[]) {
  const ledger = await openLedger(':memory:', { create: true });
  await ledger.record(observations);
  const rows = { all: () => [] };
  const known = knownBlocks({ store: ledger.store, rows } as never, nodeId, {});
  const answer = [known.at(100), known.at(101)];
  await ledger.close();
  return answer;
}

blocks('dates them by the moments at which they were the newest', async () => {
  const [at, next] = await knownAfter(handed(100, 60n, 'source'));
  is(at?.notAfterNs, (T0 + 60n) * S);
  is(next?.notBeforeNs, (T0 + 60n) * S);
});

blocks('never takes a moment that was placed itself for one', async () => {
  const [at, next] = await knownAfter(handed(100, 60n, 'interpolated'));
  equal(
    [at, next],
    [
      { timeNs: 0n, isExact: false },
      { timeNs: 0n, isExact: false },
    ],
  );
});

blocks.run();
