/** Every closed channel: how, by whom, what it cost, and where its satoshis went. */
import { useMemo, useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Closed, Peer } from '../api/json.ts';
import { atLeast, count, counted, sat } from '../format.ts';
import { seen } from '../moment.ts';
import { aliasesOf } from '../names.ts';
import { NodeChoice, Search, SortChoice } from '../parts/list-controls.tsx';
import { Message, ShowAnswer } from '../parts/message.tsx';
import type { Order } from '../parts/order.ts';
import { useTitle } from '../parts/title.ts';
import { route } from '../route.ts';
import { type By, filtered, sorted, sortings } from './closed-rows.ts';
import { ClosedTable } from './closed-table.tsx';
import { type End, ends, flowOf } from './flow.ts';
import { useClosed } from './use-closed.ts';

const PEERS_MS = 5000;

export function ClosedPage() {
  useTitle('Closed');
  const node = route.value.question.get('node') ?? undefined;
  const closed = useClosed(node);
  const peers = useAnswer<readonly Peer[]>(pathOf('/peers', seen.value), {
    isTouchedBy: (told) => told.some(({ stream }) => stream.startsWith('peer-')),
    everyMs: PEERS_MS,
  });
  return (
    <>
      <h1 class="unseen">Closed channels</h1>
      <ShowAnswer of={closed} what="the closed channels">
        {(all) => <ClosedList all={all} peers={peers.answer ?? []} node={node} />}
      </ShowAnswer>
    </>
  );
}

interface ListProps {
  readonly all: readonly Closed[];
  readonly peers: readonly Peer[];
  readonly node: string | undefined;
}

const NEWEST_FIRST: Order<By> = { by: 'closed', isDescending: true };

function ClosedList({ all, peers, node }: ListProps) {
  const [text, setText] = useState('');
  const [order, setOrder] = useState<Order<By>>(NEWEST_FIRST);
  const shown = useMemo(() => filtered(all, text), [all, text]);
  const rows = useMemo(() => sorted(shown, order), [shown, order]);
  const aliases = useMemo(() => aliasesOf(peers), [peers]);
  const nodes = useMemo(() => [...new Set(peers.map(({ nodeId }) => nodeId))], [peers]);
  if (all.length === 0) {
    return (
      <Message title="No closed channel">
        None was closed by then. <a href="#/channels">The open ones</a> are on the first page.
      </Message>
    );
  }
  return (
    <>
      <Sums shown={shown} />
      <div class="controls">
        <Search
          hint="Filter by peer, channel, kind, reason …"
          text={text}
          onText={setText}
          found={text === '' ? '' : `${counted(shown.length, 'channel')} of ${count(all.length)}`}
        />
        <NodeChoice node={node} nodes={nodes} aliases={aliases} />
        <SortChoice<By> sortings={sortings} order={order} onOrder={setOrder} />
      </div>
      <ClosedTable
        rows={rows}
        order={order}
        onOrder={setOrder}
        aliases={aliases}
        hasSeveralNodes={nodes.length > 1 && node === undefined}
      />
    </>
  );
}

/** Where the satoshis of all that is listed went. */
function Sums({ shown }: { readonly shown: readonly Closed[] }) {
  const sums = useMemo(() => {
    const all = new Map<End, bigint>();
    for (const closed of shown) {
      for (const [end, amount] of flowOf(closed).sums) all.set(end, (all.get(end) ?? 0n) + amount);
    }
    return all;
  }, [shown]);
  const tellers = useMemo(() => new Set(shown.map(({ nodeId }) => nodeId)).size, [shown]);
  // What nobody told may have gone to any of the others.
  const isAtLeast = sums.has('unknown') || sums.has('us-less-fee');
  return (
    <section class="totals" aria-label="Totals">
      <dl>
        <div>
          <dt>{tellers > 1 ? `closed, as ${tellers} nodes saw them` : 'closed'}</dt>
          <dd>{counted(shown.length, 'channel')}</dd>
        </div>
        {ends.map(({ id, title }) => {
          const amount = sums.get(id);
          if (amount === undefined) return null;
          const isBound = isAtLeast && (id === 'us' || id === 'peer' || id === 'fees');
          return (
            <div key={id} data-end={id}>
              <dt>
                <span class="swatch" data-end={id} />
                {title}
              </dt>
              <dd>{atLeast(sat(amount.toString()), isBound)}</dd>
            </div>
          );
        })}
      </dl>
      <p class="soft note">
        To us: what reached us in the end, fees of sweeps taken out. Settled and time-locked are
        what the source states of the close itself; the page of each close leads from one to the
        other.
      </p>
    </section>
  );
}
