/** The rows of the closed channels: a line of amounts, and under it everything else. */
import { Fragment } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Closed } from '../api/json.ts';
import { shortId, UNKNOWN } from '../format.ts';
import { channelName, nodeName, peerName } from '../names.ts';
import { SortHead } from '../parts/list-controls.tsx';
import { isMedium, isNarrow } from '../parts/narrow.ts';
import type { Order } from '../parts/order.ts';
import { placed } from '../parts/placed.ts';
import { Windowed } from '../parts/windowed.tsx';
import { hrefOf } from '../route.ts';
import {
  amountsOf,
  costOf,
  heightsOf,
  kindText,
  lifetimeOf,
  reasonText,
  type Said,
} from './close-texts.ts';
import { type By, type Row, sortings } from './closed-rows.ts';
import { FateBar } from './fate-bar.tsx';

interface TableProps {
  readonly rows: readonly Row[];
  readonly order: Order<By>;
  readonly onOrder: (order: Order<By>) => void;
  readonly aliases: ReadonlyMap<string, string>;
  readonly hasSeveralNodes: boolean;
}

/** As the style sheet has them. */
const heightInWide = () => 62;
const heightInMedium = () => 86;
const heightInNarrow = () => 104;
const heights = () =>
  isNarrow.value ? heightInNarrow : isMedium.value ? heightInMedium : heightInWide;

export function ClosedTable({ rows, order, onOrder, aliases, hasSeveralNodes }: TableProps) {
  const largest = useMemo(
    () => rows.reduce((most, { closed }) => Math.max(most, Number(closed.capacitySat ?? 0)), 1),
    [rows],
  );
  return (
    <div class="closed-table" role="table" aria-label="Closed channels" aria-rowcount={rows.length}>
      <div role="rowgroup" class="heads">
        <div role="row" class="closed-row">
          {sortings
            .filter(({ id }) => !isMedium.value || !BELOW.has(id))
            .map((sorting) => (
              <Fragment key={sorting.id}>
                {sorting.id === 'capacity' && (
                  <span role="columnheader" class="fate">
                    where it went
                  </span>
                )}
                <SortHead<By> sorting={sorting} order={order} onOrder={onOrder} />
              </Fragment>
            ))}
        </div>
      </div>
      <Windowed items={rows} heightOf={heights()}>
        {({ closed }, index) => (
          <ClosedRow
            closed={closed}
            index={index}
            part={Math.max(Number(closed.capacitySat ?? largest) / largest, 0.04)}
            {...(hasSeveralNodes && { node: nodeName(closed.nodeId, aliases) })}
          />
        )}
      </Windowed>
      {rows.length === 0 && <p class="empty">No closed channel is called that.</p>}
    </div>
  );
}

const BELOW: ReadonlySet<By> = new Set<By>(['locked', 'fee', 'sweeps']);
/** The amounts that have columns of their own wherever there are columns. */
const MAIN = new Set(['capacity', 'settled']);

interface RowProps {
  readonly closed: Closed;
  readonly index: number;
  readonly part: number;
  readonly node?: string;
}

function ClosedRow({ closed, index, part, node }: RowProps) {
  const { close, nodeId, channelId, fundingOutpoint } = closed;
  const amounts = amountsOf(closed);
  const beside = isMedium.value ? amounts.filter(({ field }) => MAIN.has(field)) : amounts;
  const below = amounts.filter((one) => !beside.includes(one));
  const reason = reasonText(close);
  const peer = peerName(closed);
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      class="closed-row"
      data-closed={channelId}
      data-node={nodeId}
    >
      <span role="rowheader" class="channel">
        <a href={hrefOf(['closed', nodeId, channelId])}>{channelName(closed)}</a>
      </span>
      <span role="cell" class="peer">
        {node !== undefined && <span class="of-node">{node} ↔ </span>}
        {peer}
      </span>
      <span role="cell" class="kind" data-kind={close.kind}>
        {kindText(close)}
      </span>
      <span role="cell" class="closed">
        {placed(close.closedAt, close.closedAtBounds)}
      </span>
      <span role="cell" class="fate">
        <FateBar of={closed} part={part} />
      </span>
      {beside.map(({ field, text }) => (
        <span key={field} role="cell" class={field}>
          {text}
        </span>
      ))}
      <span role="cell" class="more">
        <Pairs said={[costOf(closed), ...below, ...heightsOf(closed), ...lifetimeOf(closed)]} />
        <span class="mono" data-field="point" title={fundingOutpoint}>
          {fundingOutpoint === undefined ? UNKNOWN : shortId(fundingOutpoint)}
        </span>
        {reason !== '' && (
          <span data-field="reason" title={reason}>
            {reason}
          </span>
        )}
      </span>
    </div>
  );
}

const isSaid = ({ text }: Said) => text !== '';

function Pairs({ said }: { readonly said: readonly Said[] }) {
  return (
    <>
      {said.filter(isSaid).map(({ field, label, text }) => (
        <span key={field}>
          {label} <b data-field={field}>{text}</b>
        </span>
      ))}
    </>
  );
}
