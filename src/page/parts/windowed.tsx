/** A long list of which only what is on the screen is there. Rows have known heights. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

interface WindowedProps<Item extends { readonly key: string }> {
  readonly items: readonly Item[];
  /** In CSS pixels. */
  readonly heightOf: (item: Item) => number;
  readonly children: (item: Item, index: number) => ComponentChildren;
}

/** Drawn beyond the edges, so that a flick of a finger does not show nothing. */
const MARGIN_PX = 500;

export function Windowed<Item extends { readonly key: string }>({
  items,
  heightOf,
  children,
}: WindowedProps<Item>) {
  const place = useRef<HTMLDivElement>(null);
  const tops = useMemo(() => topsOf(items, heightOf), [items, heightOf]);
  const [seen, setSeen] = useState({ from: 0, to: 1200 });
  const look = () => {
    const top = place.current?.getBoundingClientRect().top ?? 0;
    const from = Math.floor((-top - MARGIN_PX) / 200) * 200;
    const to = Math.ceil((-top + innerHeight + MARGIN_PX) / 200) * 200;
    setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
  };
  useLayoutEffect(look);
  useEffect(() => {
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  });
  const first = Math.max(0, indexAt(tops, seen.from) - 1);
  const last = Math.min(items.length, indexAt(tops, seen.to) + 1);
  const total = tops.at(-1) ?? 0;
  return (
    <div class="windowed" ref={place} role="rowgroup" style={{ height: `${total}px` }}>
      {items.slice(first, last).map((item, offset) => (
        <div
          key={item.key}
          role="presentation"
          class="windowed-place"
          style={{ transform: `translateY(${tops[first + offset] ?? 0}px)` }}
        >
          {children(item, first + offset)}
        </div>
      ))}
    </div>
  );
}

/** Where each begins, and last where all end. */
function topsOf<Item>(items: readonly Item[], heightOf: (item: Item) => number): Float64Array {
  const tops = new Float64Array(items.length + 1);
  items.forEach((item, index) => {
    tops[index + 1] = (tops[index] ?? 0) + heightOf(item);
  });
  return tops;
}

/** The first that begins at this height or below it. */
function indexAt(tops: Float64Array, height: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) < height) low = middle + 1;
    else high = middle;
  }
  return low;
}
