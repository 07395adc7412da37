/** A place that scrolls sideways where its table is wider than the page: by keyboard as well. */
import type { ComponentChildren } from 'preact';

interface WideTableProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export function WideTable({ label, children }: WideTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="wide-table" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
