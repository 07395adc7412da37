/** The forwards of a day or month one by one, the newest first. */
import { useMemo } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Forward } from '../api/json.ts';
import { exactTime, msatAsSat, outsideText, UNKNOWN } from '../format.ts';
import { seen } from '../moment.ts';
import type { LedgerNames } from '../parts/ledger-names.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { type Column, SortedTable } from '../parts/sorted-table.tsx';
import { hrefOf } from '../route.ts';

interface ForwardListProps {
  readonly span: { readonly from: string; readonly to: string };
  readonly names: LedgerNames;
  readonly everyMs: number;
}

export function ForwardList({ span, names, everyMs }: ForwardListProps) {
  const path = pathOf('/forwards', { ...seen.value, ...span });
  const forwards = useAnswer<readonly Forward[]>(path, { everyMs });
  const end = (nodeId: string, channelId: string | undefined) =>
    channelId === undefined ? (
      UNKNOWN
    ) : (
      <a href={hrefOf(['channel', nodeId, channelId])}>
        {names.channelWithPeer(nodeId, channelId)}
      </a>
    );
  const columns: readonly Column<Forward>[] = [
    {
      title: 'when, UTC',
      cell: (one) => <a href={hrefOf(['event', one.eventId])}>{exactTime(one.at)}</a>,
      order: (one) => one.at,
    },
    { title: 'came in', cell: (one) => end(one.nodeId, one.incomingChannelId) },
    { title: 'went out', cell: (one) => end(one.nodeId, one.outgoingChannelId) },
    {
      title: 'out sat',
      cell: (one) => msatAsSat(one.amountOutMsat),
      order: (one) => BigInt(one.amountOutMsat ?? 0),
      isNumber: true,
    },
    {
      title: 'earned sat',
      cell: (one) => (one.outcome === 'forwarded' ? msatAsSat(one.feeMsat) : ''),
      order: (one) => BigInt(one.feeMsat ?? 0),
      isNumber: true,
    },
    {
      title: 'outcome',
      cell: ({ outcome, reason }) => (
        <span class={outcome === 'failed' ? 'bad' : ''}>
          {reason === undefined ? outcome : `${outcome}: ${outsideText(reason)}`}
        </span>
      ),
      order: (one) => one.outcome,
    },
  ];
  return (
    <ShowAnswer of={forwards} what="the forwards">
      {(rows) => <Newest rows={rows} columns={columns} />}
    </ShowAnswer>
  );
}

interface NewestProps {
  readonly rows: readonly Forward[];
  readonly columns: readonly Column<Forward>[];
}

function Newest({ rows, columns }: NewestProps) {
  const newest = useMemo(() => [...rows].reverse(), [rows]);
  return (
    <SortedTable
      label="Forwards one by one"
      columns={columns}
      rows={newest}
      keyOf={(one) => one.eventId}
    />
  );
}
