/** Every open channel as a bar to scale, grouped by peer, as it is now or at any moment. */
import { useMemo, useState } from 'preact/hooks';
import { untoldSentences } from '../../ledger/untold-words.ts';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { ListedChannel } from '../api/fields.ts';
import type { Peer } from '../api/json.ts';
import { count, counted } from '../format.ts';
import { isLive, seen } from '../moment.ts';
import { aliasesOf } from '../names.ts';
import { NodeChoice, Search, SortChoice } from '../parts/list-controls.tsx';
import { Message, ShowAnswer } from '../parts/message.tsx';
import { type Order, startingOrder } from '../parts/order.ts';
import { Tick } from '../parts/tick.tsx';
import { useTitle } from '../parts/title.ts';
import { route } from '../route.ts';
import { ChannelTable } from './channel-table.tsx';
import { useChannels } from './live-channels.ts';
import { type By, filtered, inNameOrder, linesOf, sortings, totalsOf } from './rows.ts';
import { TotalsView } from './totals.tsx';

const PEERS_MS = 5000;

export function ChannelsPage() {
  useTitle('Channels');
  const node = route.value.question.get('node') ?? undefined;
  const listed = useChannels(node);
  const peers = useAnswer<readonly Peer[]>(pathOf('/peers', seen.value), {
    isTouchedBy: (told) => told.some(({ stream }) => stream.startsWith('peer-')),
    everyMs: PEERS_MS,
  });
  return (
    <>
      <h1 class="unseen">Open channels</h1>
      <ShowAnswer of={listed} what="the open channels">
        {(channels) => <Channels channels={channels} peers={peers.answer ?? []} node={node} />}
      </ShowAnswer>
    </>
  );
}

interface ChannelsProps {
  readonly channels: readonly ListedChannel[];
  readonly peers: readonly Peer[];
  readonly node: string | undefined;
}

function Channels({ channels, peers, node }: ChannelsProps) {
  const [text, setText] = useState('');
  const [order, setOrder] = useState<Order<By>>(startingOrder(sortings.capacity));
  const [isToScale, setToScale] = useState(true);
  const inOrder = useMemo(() => inNameOrder(channels), [channels]);
  const shown = useMemo(() => filtered(inOrder, text), [inOrder, text]);
  const lines = useMemo(() => linesOf(shown, order), [shown, order]);
  const totals = useMemo(() => totalsOf(lines), [lines]);
  const aliases = useMemo(() => aliasesOf(peers), [peers]);
  const nodes = useMemo(() => [...new Set(peers.map(({ nodeId }) => nodeId))], [peers]);
  if (channels.length === 0) {
    return <NoChannel isPast={!isLive.value} />;
  }
  return (
    <>
      <TotalsView totals={totals} of={channels.length} nodes={node ? 1 : nodes.length} />
      {untoldSentences(shown, counted).map((sentence) => (
        <p key={sentence} class="soft note untold">
          {sentence}.
        </p>
      ))}
      <div class="controls">
        <Search
          hint="Filter by peer, channel, state …"
          text={text}
          onText={setText}
          found={
            text === '' ? '' : `${counted(shown.length, 'channel')} of ${count(channels.length)}`
          }
        />
        <NodeChoice node={node} nodes={nodes} aliases={aliases} />
        <SortChoice<By> sortings={Object.values(sortings)} order={order} onOrder={setOrder} />
        <Tick label="To scale" isOn={isToScale} onTick={setToScale} />
      </div>
      <ChannelTable
        lines={lines}
        order={order}
        onOrder={setOrder}
        isToScale={isToScale}
        peers={peers}
        aliases={aliases}
        hasSeveralNodes={nodes.length > 1 && node === undefined}
      />
    </>
  );
}

function NoChannel({ isPast }: { readonly isPast: boolean }) {
  return isPast ? (
    <Message title="No channel was open then">
      Another moment, or <a href="#/closed">the closed ones</a>.
    </Message>
  ) : (
    <Message title="No open channel">
      This ledger has none. <code>channel-ledger record</code> and{' '}
      <code>channel-ledger import</code> bring them in; this page shows them as they come.
    </Message>
  );
}
