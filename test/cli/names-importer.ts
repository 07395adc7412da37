/** An importer of names, for tests of the frame around importers. */
import type { Observation } from '../../src/observation/observation.ts';
import type { ImportContext, ImporterEntry } from '../../src/sources/importer.ts';
import { Tally } from '../../src/sources/tally.ts';
import { alice, bob } from './views.ts';

const startNs = 1_773_500_400_000_000_000n;

/** How often a peer was renamed: facts that need nothing else. */
function* renamed(count: number): Generator<Observation> {
  for (let nth = 0; nth < count; nth++) {
    const happenedAtNs = startNs + BigInt(nth);
    yield {
      about: 'peer',
      chain: 'regtest',
      nodeId: alice,
      peerId: bob,
      source: 'names',
      happenedAtNs,
      recordedAtNs: startNs + 1_000_000n,
      timeBasis: 'source',
      evidence: `name ${nth}`,
      key: `name-${nth}`,
      fact: { type: 'PeerRenamed', data: { alias: `bob ${nth}` } },
    };
  }
}

/** An importer of names, that does what the test says once it has given some. */
export function namesImporter(
  then: (context: ImportContext) => void = () => undefined,
  count = 3,
): ImporterEntry {
  return {
    name: 'names',
    summary: 'reads names',
    example: 'import names records',
    options: [{ flags: '--loud', description: 'in capitals' }],
    load: async () => ({
      async open(context) {
        const tally = new Tally();
        tally.cannotTell('what the names mean');
        return { observations: observe(context, tally), tally };
      },
    }),
  };
  async function* observe(context: ImportContext, tally: Tally) {
    for (const observation of renamed(count)) {
      tally.read('name');
      yield observation;
    }
    then(context);
    if (context.signal.aborted) return;
    yield* [...renamed(count + 2)].slice(count);
  }
}

/** An importer whose records say each of three names in two places. */
export function namesTwice(): ImporterEntry {
  return {
    ...namesImporter(),
    load: async () => ({
      open: async () => {
        const told = async function* () {
          yield* renamed(3);
          yield* renamed(3);
        };
        return { observations: told(), tally: new Tally() };
      },
    }),
  };
}
