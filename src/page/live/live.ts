/** What this tab hears of the ledger as it grows. */
import { signal } from '@preact/signals';
import { needsToken } from '../sign-in-state.ts';
import { followEvents } from './event-stream.ts';
import type { News, Told } from './told.ts';

export type { Told } from './told.ts';

/** False once it did not answer; true again with its first answer. */
export const isServerThere = signal(true);
/** That a question was answered does not say that the stream missed nothing. */
let isStreamThere = true;
/** Counts up with every event that is recorded while this page is open. */
export const heardCount = signal(0);

type Listener = (told: readonly Told[] | 'everything') => void;
const listeners = new Set<Listener>();

/** Gives back what ends it. */
export function onNews(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startListening(): void {
  if (typeof SharedWorker === 'undefined') {
    followEvents(hear);
    return;
  }
  const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.port.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  worker.onerror = () => followEvents(hear);
  addEventListener('pagehide', () => worker.port.postMessage('gone'));
  // A page kept by the browser for "back" comes without having heard what was told meanwhile.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

function hear(news: News): void {
  switch (news.kind) {
    case 'there': {
      const isBack = news.isThere && !(isServerThere.value && isStreamThere);
      isServerThere.value = news.isThere;
      isStreamThere = news.isThere;
      if (isBack) tell('everything');
      return;
    }
    case 'everything':
      // The stream begins where one is let in: in this tab, or by what another handed in.
      needsToken.value = false;
      tell('everything');
      return;
    case 'events':
      heardCount.value += news.told.length;
      tell(news.told);
  }
}

function tell(told: readonly Told[] | 'everything'): void {
  for (const listener of listeners) listener(told);
}
