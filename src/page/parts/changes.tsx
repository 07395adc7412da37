/** What changed, field by field. */
import type { Change } from '../api/json.ts';
import { fieldText, valueText } from './value.ts';
import { WideTable } from './wide-table.tsx';

interface ChangesProps {
  readonly changes: readonly Change[];
  readonly caption: string;
}

export function ChangesTable({ changes, caption }: ChangesProps) {
  if (changes.length === 0) return <p class="soft">Nothing in the state of the channel.</p>;
  return (
    <WideTable label={caption}>
      <table class="changes stacks">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">field</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ field, from, to }) => (
            <tr key={field}>
              <th scope="row">{fieldText(field)}</th>
              <td data-column="before">{valueText(field, from)}</td>
              <td data-column="after">{valueText(field, to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  );
}
