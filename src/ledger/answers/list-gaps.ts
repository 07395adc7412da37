/** What a node's lists left out: pages that were not asked for, and records that are gone from them. */
import type { ListRow, NodeRow } from '../../../projections/node-row.ts';
import type { ProblemView } from '../view-types.ts';
import { present } from './tellers.ts';

const WHOLE: Readonly<Record<ListRow['list'], string>> = {
  payments:
    'import all of it: lncli listpayments --include_incomplete; what was deleted there is gone',
  invoices: 'import all of it: lncli listinvoices --paginate-forwards --max_invoices 1000000',
  forwards: 'import all of it: lncli fwdinghistory --start_time 0 --max_events 50000, page by page',
};

/** One problem for each list of a node that is not whole. */
export function listGaps(nodes: readonly NodeRow[]): readonly ProblemView[] {
  return nodes.flatMap(({ nodeId, source, lists }) =>
    lists.flatMap(({ list, stretches, isWindow, firstAt, lastAt, ...bounds }) => {
      const missing = holes(stretches);
      const parts = missing.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
      const window = isWindow ? ['what lies outside the span of time that was asked for'] : [];
      const named = parts.length > 0 ? [`numbers ${parts.join(', ')}`, ...window] : window;
      if (named.length === 0) return [];
      return [
        {
          kind: 'gap' as const,
          rule: 'recorded-without-gap',
          subject: nodeId,
          nodeId,
          count: missing.length + window.length,
          firstAt,
          lastAt,
          ...present({
            firstAtBounds: bounds.firstAtBounds,
            lastAtBounds: bounds.lastAtBounds,
          }),
          detail: `${source}: of the node's ${list} the lists that were read leave out ${named.join(' and ')}`,
          whatToDo: WHOLE[list],
        },
      ];
    }),
  );
}

/** Every record of this list was read, but for those that were deleted. */
export function isWhole({ stretches, isWindow }: ListRow): boolean {
  return !isWindow && holes(stretches).length === 0;
}

/** Before the first stretch and between them; lnd counts from 1. */
function holes(stretches: ListRow['stretches']): readonly (readonly [from: number, to: number])[] {
  let next = 1;
  return stretches.flatMap(({ firstIndex, lastIndex }) => {
    const from = next;
    next = lastIndex + 1;
    return firstIndex > from ? [[from, firstIndex - 1] as const] : [];
  });
}
