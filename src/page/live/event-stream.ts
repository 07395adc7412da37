/** The server's event stream, kept open: resumed by the browser, begun anew where that is refused. */
import { type News, type Told, toldOf } from './told.ts';

const AGAIN_MS = 1500;

/** Begins at the newest event there is. Ends with the page or the worker that it runs in. */
export function followEvents(tell: (news: News) => void): void {
  let batch: Told[] = [];
  const flush = () => {
    const told = batch;
    batch = [];
    tell({ kind: 'events', told });
  };
  const begin = async () => {
    const after = await newestCheckpoint();
    if (after === 'gone' || after === 'refused') {
      // Who lets nobody in without a token is there all the same.
      tell({ kind: 'there', isThere: after === 'refused' });
      setTimeout(begin, AGAIN_MS);
      return;
    }
    const source = new EventSource(`/events?after=${after}`);
    source.onopen = () => tell({ kind: 'there', isThere: true });
    source.onmessage = ({ data }) => {
      const told = toldOf(String(data));
      if (told === undefined) return;
      // Events that come together are told together.
      if (batch.length === 0) setTimeout(flush, 0);
      batch.push(told);
    };
    source.onerror = () => {
      tell({ kind: 'there', isThere: false });
      // Otherwise the browser goes on by itself, from the last event it had.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(begin, AGAIN_MS);
    };
    // Whoever asked before this stream began may have missed what came between.
    tell({ kind: 'everything' });
  };
  void begin();
}

async function newestCheckpoint(): Promise<string | 'gone' | 'refused'> {
  try {
    const response = await fetch('/readyz', { cache: 'no-store', credentials: 'same-origin' });
    if (!response.ok) return response.status === 401 ? 'refused' : 'gone';
    const { lastCheckpoint = '0' }: { lastCheckpoint?: string } = await response.json();
    return lastCheckpoint;
  } catch {
    return 'gone';
  }
}
