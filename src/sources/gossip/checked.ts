/** Records told in their order, the signatures of many of them checked at a time. */
import type { GossipObservation } from '../../observation/observation.ts';
import type { Read } from './store-file.ts';
import type { GossipTranslator, Told } from './translate.ts';

/** Keeps every thread busy; each is a message and its checks in memory. */
const MOST_WAITING = 512;

const UNFOLLOWED =
  'its capacity stands in the record behind it, and there is none yet: import the store again when it has grown';

/**
 * What `translator` makes of what was read; `onRead` hears of each, in its order. Once `signal` aborts, what
 * waits is neither told nor counted: nobody would record it.
 */
export async function* checkedRecords(
  reads: AsyncIterable<Read>,
  translator: GossipTranslator,
  onRead: (read: Read) => void = () => undefined,
  signal?: AbortSignal,
): AsyncGenerator<GossipObservation, void, undefined> {
  const waiting: Told[] = [];
  try {
    for await (const read of reads) {
      onRead(read);
      if (read.kind === 'record') waiting.push(...translator.take(read.record, read.place));
      if (read.kind === 'replaced') translator.drop();
      // At the end of what is there no check is waited for: more may come in a day or never.
      yield* first(waiting, translator, read.kind === 'record' ? MOST_WAITING : 0, signal);
    }
  } catch (cause) {
    // What came before it is whole.
    yield* first(waiting, translator, 0, signal);
    throw cause;
  }
  yield* first(waiting, translator, 0, signal);
  translator.drop(UNFOLLOWED);
}

/** The oldest, until so many are left. */
async function* first(
  waiting: Told[],
  translator: GossipTranslator,
  left: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<GossipObservation, void, undefined> {
  while (waiting.length > left) {
    const told = waiting.shift();
    if (told === undefined) return;
    const checking = await told.checking;
    if (signal?.aborted) return;
    translator.count(told, checking);
    if (told.observation === undefined) continue;
    const { badSignature } = checking;
    yield badSignature === undefined ? told.observation : { ...told.observation, badSignature };
  }
}
