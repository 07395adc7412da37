/**
 * A place of a table that is wider than the page: the table is told, so that it may stand less of itself side
 * by side. What has no room even then scrolls sideways, by keyboard as well.
 */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isNarrow } from './narrow.ts';

interface WideTableProps {
  readonly label: string;
  readonly children: ComponentChildren | ((isTight: boolean) => ComponentChildren);
}

export function WideTable({ label, children }: WideTableProps) {
  const place = useRef<HTMLDivElement>(null);
  const neededPx = useRef(0);
  const [isTight, setTight] = useState(false);
  const look = () => {
    const { scrollWidth = 0, clientWidth = 0 } = place.current ?? {};
    if (isTight) {
      if (clientWidth >= neededPx.current) setTight(false);
    } else if (scrollWidth > clientWidth) {
      neededPx.current = scrollWidth;
      setTight(true);
    }
  };
  const latest = useRef(look);
  latest.current = look;
  // Before it is painted: nobody sees the table that had no room.
  useLayoutEffect(look);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => latest.current());
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div ref={place} class="wide-table" role="region" aria-label={label} tabIndex={0}>
      {typeof children === 'function' ? children(isTight && !isNarrow.value) : children}
    </div>
  );
}
