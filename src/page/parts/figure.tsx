/** One figure above a list, with what it is. */
import type { ComponentChildren } from 'preact';

interface FigureProps {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly unit?: string;
}

export function Figure({ label, value, unit }: FigureProps) {
  return (
    <div data-figure={label}>
      <dt>{label}</dt>
      <dd>
        {value}
        {unit !== undefined && <small> {unit}</small>}
      </dd>
    </div>
  );
}
