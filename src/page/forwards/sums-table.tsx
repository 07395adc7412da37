/** The sums of `forwards --by`: each day, channel or peer. */
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Sum } from '../api/json.ts';
import { atLeast, count, msatAsSat } from '../format.ts';
import { seen } from '../moment.ts';
import type { LedgerNames } from '../parts/ledger-names.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { type Column, SortedTable } from '../parts/sorted-table.tsx';

export type Grouping = 'day' | 'channel' | 'peer';

interface SumsProps {
  readonly by: Grouping;
  readonly span: { readonly from?: string; readonly to?: string };
  readonly names: LedgerNames;
  readonly everyMs: number;
}

export function SumsTable({ by, span, names, everyMs }: SumsProps) {
  const sums = useAnswer<readonly Sum[]>(pathOf('/forwards', { ...seen.value, by, ...span }), {
    everyMs,
  });
  const nameOf = ({ nodeId, by: id }: Sum) => {
    if (by === 'day' || id === 'unknown') return id;
    return by === 'peer' ? names.node(id) : names.channelWithPeer(nodeId, id);
  };
  const columns: readonly Column<Sum>[] = [
    { title: by, cell: nameOf, order: nameOf },
    ...(names.hasSeveralNodes
      ? [{ title: 'of node', cell: (sum: Sum) => names.node(sum.nodeId) }]
      : []),
    {
      title: by === 'day' ? 'forwards' : 'went out',
      cell: (sum) => count(sum.forwardedCount),
      order: (sum) => sum.forwardedCount,
      isNumber: true,
    },
    ...(by === 'day'
      ? []
      : [
          {
            title: 'came in',
            cell: (sum: Sum) => count(sum.forwardedInCount),
            order: (sum: Sum) => sum.forwardedInCount ?? 0,
            isNumber: true,
          },
        ]),
    {
      title: 'failed',
      cell: (sum) => count(sum.failedCount),
      order: (sum) => sum.failedCount,
      isNumber: true,
    },
    amount('in sat', ({ amountInMsat, isAmountInAtLeast }) => [amountInMsat, isAmountInAtLeast]),
    amount('out sat', ({ amountOutMsat, isAmountOutAtLeast }) => [
      amountOutMsat,
      isAmountOutAtLeast,
    ]),
    amount('earned sat', ({ feeMsat, isFeeAtLeast }) => [feeMsat, isFeeAtLeast]),
  ];
  return (
    <ShowAnswer of={sums} what={`the forwards by ${by}`}>
      {(rows) => (
        <SortedTable
          key={by}
          label={`Forwards by ${by}`}
          columns={columns}
          rows={rows}
          keyOf={(sum) => `${sum.nodeId}.${sum.by}`}
          startsBy={by === 'day' ? 'day' : 'earned sat'}
        />
      )}
    </ShowAnswer>
  );
}

function amount(
  title: string,
  of: (sum: Sum) => readonly [msat: string, isAtLeast: boolean | undefined],
): Column<Sum> {
  return {
    title,
    cell(sum) {
      const [msat, isAtLeast = false] = of(sum);
      return atLeast(msatAsSat(msat), isAtLeast);
    },
    order: (sum) => BigInt(of(sum)[0]),
    isNumber: true,
  };
}
