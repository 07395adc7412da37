/** What stands above a list: a filter, whose node's rows it has, by what it is sorted. */
import { nodeName } from '../names.ts';
import { restate } from '../route.ts';
import { type Order, orderByHead, type Sorting, startingOrder } from './order.ts';

interface SearchProps {
  /** What can be searched for. */
  readonly hint: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** How many rows are left of how many; empty where all are. */
  readonly found: string;
}

export function Search({ hint, text, onText, found }: SearchProps) {
  return (
    <>
      <label class="search">
        <span class="unseen">Filter</span>
        <input
          type="search"
          placeholder={hint}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </label>
      <p class="found" role="status">
        {found}
      </p>
    </>
  );
}

interface NodeChoiceProps {
  readonly node: string | undefined;
  readonly nodes: readonly string[];
  readonly aliases: ReadonlyMap<string, string>;
}

/** Nothing where there is nothing to choose. */
export function NodeChoice({ node, nodes, aliases }: NodeChoiceProps) {
  if (nodes.length < 2) return null;
  return (
    <label>
      <span>Node</span>
      <select
        value={node ?? ''}
        onChange={(event) => {
          const { value } = event.currentTarget;
          restate({ node: value });
        }}
      >
        <option value="">all {nodes.length}</option>
        {nodes.map((nodeId) => (
          <option key={nodeId} value={nodeId}>
            {nodeName(nodeId, aliases)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SortProps<By extends string> {
  readonly order: Order<By>;
  readonly onOrder: (order: Order<By>) => void;
}

interface SortChoiceProps<By extends string> extends SortProps<By> {
  readonly sortings: readonly Sorting<By>[];
}

export function SortChoice<By extends string>({ sortings, order, onOrder }: SortChoiceProps<By>) {
  return (
    <label>
      <span>Sort by</span>
      <select
        value={order.by}
        onChange={(event) => {
          const chosen = sortings.find(({ id }) => id === event.currentTarget.value);
          if (chosen) onOrder(startingOrder(chosen));
        }}
      >
        {sortings.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SortHeadProps<By extends string> extends SortProps<By> {
  readonly sorting: Sorting<By>;
  /** Where the column is headed otherwise than the way to sort is called. */
  readonly title?: string;
}

/** The head of a column that sorts by it. */
export function SortHead<By extends string>(props: SortHeadProps<By>) {
  const { sorting, title = sorting.title, order, onOrder } = props;
  const direction = order.isDescending ? 'descending' : 'ascending';
  return (
    <span
      role="columnheader"
      class={sorting.id}
      {...(order.by === sorting.id && { 'aria-sort': direction })}
    >
      <button type="button" onClick={() => onOrder(orderByHead(order, sorting))}>
        {title}
      </button>
    </span>
  );
}
