/** What is kept beside the events: rows and snapshots, how far they reach, what waits to be written. */
import type { LedgerStats } from '../../ledger/stats.ts';
import { useAnswer } from '../api/answer.ts';
import type { JsonOf } from '../api/json.ts';
import { count } from '../format.ts';
import { Figure } from '../parts/figure.tsx';
import { ShowAnswer } from '../parts/message.tsx';

const EVERY_MS = 5000;
const KIB = 1024;

export function ViewsState() {
  const stats = useAnswer<JsonOf<LedgerStats>>('/stats', { everyMs: EVERY_MS });
  return (
    <section class="panel totals" aria-label="Views">
      <h2>Events and views, now</h2>
      <ShowAnswer of={stats} what="the state of the views">
        {({ head, events, streams, snapshots, cache, lastCheckpoint }) => (
          <>
            <dl>
              <Figure label="events" value={count(events)} />
              <Figure label="streams" value={count(streams)} />
              <Figure label="newest position" value={lastCheckpoint ?? 'none'} />
              <Figure label="rows in memory" value={count(cache.rows)} />
              <Figure label="of a size of" value={kib(cache.bytes)} unit="KiB" />
              <Figure label="rows to be written" value={count(cache.waiting)} />
              <Figure label="snapshots" value={count(snapshots.count)} />
              <Figure label="of a size of " value={kib(snapshots.bytes)} unit="KiB" />
            </dl>
            <p class="head">
              head <code>{head}</code>
            </p>
            <p class="soft note">
              Views are folded from the events whenever they are asked for; rows and snapshots only
              spare that work. Verify compares each that is kept with one made anew.
            </p>
          </>
        )}
      </ShowAnswer>
    </section>
  );
}

const kib = (bytes: number) => count(Math.round(bytes / KIB));
