/** `import gossip`: Core Lightning's gossip_store, any minor of major version 0 from 9 on. */
import type { Observation } from '../../observation/observation.ts';
import { nodeAsked } from '../asked.ts';
import type { ImportContext, Importer, ImportRun } from '../importer.ts';
import { Tally } from '../tally.ts';
import { checkedRecords } from './checked.ts';
import { assertGossipStore, type Read, readStore } from './store-file.ts';
import { GossipTranslator } from './translate.ts';

export const gossipImporter: Importer = {
  async open(context: ImportContext): Promise<ImportRun> {
    const nodeId = nodeAsked(context, 'a gossip_store does not name the node that heard it');
    for (const path of context.paths) await assertGossipStore(path);
    const tally = new Tally();
    sayWhatIsMissing(tally);
    const translator = new GossipTranslator({
      nodeId,
      chain: context.chain,
      nowNs: () => context.nowNs,
      tally,
    });
    return { observations: observe(context, translator, tally), tally };
  },
};

async function* observe(
  context: ImportContext,
  translator: GossipTranslator,
  tally: Tally,
): AsyncGenerator<Observation, void, undefined> {
  const { signal, onProgress, options = {} } = context;
  const isFollowed = options.follow === true;
  for (const path of context.paths) {
    const reads = readStore(path, { signal, isFollowed, onProgress });
    const onRead = (read: Read) => {
      if (read.kind !== 'unfinished') return;
      const why = `${read.place} has only its first ${read.bytes} bytes: import it again when it has grown`;
      tally.unread('record without its end', why);
    };
    yield* checkedRecords(reads, translator, onRead, signal);
  }
}

function sayWhatIsMissing(tally: Tally): void {
  tally.cannotTell('which channels are those of the node that heard it: other tellers show that');
  tally.cannotTell('when a channel was announced: only a time by which it was');
  tally.cannotTell('policies that were replaced before lightningd last wrote its store anew');
  tally.cannotTell('when a channel closed: the store forgets it some blocks after');
}
