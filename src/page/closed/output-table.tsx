/** The flow picture in words: each output, what became of it, and who has its satoshis now. */
import { count, sat, shortId } from '../format.ts';
import { placed } from '../parts/placed.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { type Close, fateText } from './close-texts.ts';
import { type End, ends, type Flow, type Output, type Part, type Step } from './flow.ts';

interface Line {
  readonly step: Step;
  readonly isSecond: boolean;
}

interface OutputTableProps {
  readonly flow: Flow;
  readonly close: Close;
}

export function OutputTable({ flow, close }: OutputTableProps) {
  const lines = flow.steps.flatMap((step) => linesOf(step, false));
  const shown = ends.filter(({ id }) => flow.sums.has(id));
  return (
    <WideTable label="Outputs">
      <table class="outputs stacks">
        <caption class="unseen">Each output of the close and what became of it, in satoshi</caption>
        <thead>
          <tr>
            <th scope="col">output</th>
            <th scope="col" class="number">
              sat
            </th>
            <th scope="col">became</th>
            <th scope="col" class="number">
              at height
            </th>
            <th scope="col">when, UTC</th>
            <th scope="col">by transaction</th>
            {shown.map(({ id, title }) => (
              <th key={id} scope="col" class="number" data-end={id}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <LineView
              key={line.step.output?.outpoint ?? index}
              {...line}
              shown={shown}
              close={close}
            />
          ))}
          {flow.brought.length > 0 && (
            <tr>
              <th scope="row">brought by sweeps</th>
              <td class="number" />
              <td colSpan={4} class="soft" data-column="became">
                other coins that paid for them
              </td>
              <EndCells parts={flow.brought} shown={shown} />
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">together</th>
            <td class="number" data-field="total" data-column="sat">
              {sat(flow.totalSat.toString())}
            </td>
            <td colSpan={4} />
            {shown.map(({ id, title }) => (
              <td key={id} class="number" data-end={id} data-column={title}>
                {sat((flow.sums.get(id) ?? 0n).toString())}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </WideTable>
  );
}

/** A second stage stands right under its first. */
function linesOf(step: Step, isSecond: boolean): readonly Line[] {
  const next = step.parts.flatMap(({ to }) => (typeof to === 'string' ? [] : linesOf(to, true)));
  return [{ step, isSecond }, ...next];
}

interface LineProps extends Line {
  readonly shown: readonly EndColumn[];
  readonly close: Close;
}

function LineView({ step, isSecond, shown, close }: LineProps) {
  const { output } = step;
  return (
    <tr data-output={output?.outpoint}>
      <th scope="row">
        {isSecond && <span class="soft">↳ second stage: </span>}
        <span title={output?.outpoint}>{step.title}</span>
      </th>
      <td class="number" data-field="value" data-column="sat">
        {sat(step.sat.toString())}
      </td>
      {output === undefined ? <td colSpan={4} /> : <Fate output={output} close={close} />}
      <EndCells parts={step.parts} shown={shown} />
    </tr>
  );
}

interface FateProps {
  readonly output: Output;
  readonly close: Close;
}

function Fate({ output, close }: FateProps) {
  const { sweepTxid, height, at, atBounds } = output;
  const isClaimed = output.outcome !== undefined;
  return (
    <>
      <td data-field="fate" data-column="became">
        {fateText(output, close)}
      </td>
      <td class="number" data-column="at height">
        {isClaimed ? count(height) : ''}
      </td>
      <td class="when" data-column="when, UTC">
        {isClaimed ? placed(at, atBounds) : ''}
      </td>
      <td class="mono" title={sweepTxid} data-column="by transaction">
        {sweepTxid === undefined ? (isClaimed ? 'unknown' : '') : shortId(sweepTxid)}
      </td>
    </>
  );
}

interface EndColumn {
  readonly id: End;
  readonly title: string;
}

interface EndCellsProps {
  readonly parts: readonly Part[];
  readonly shown: readonly EndColumn[];
}

function EndCells({ parts, shown }: EndCellsProps) {
  return (
    <>
      {shown.map(({ id, title }) => {
        const ours = parts.filter(({ to }) => to === id);
        const sum = ours.reduce((all, part) => all + part.sat, 0n);
        return (
          <td key={id} class="number" data-end={id} data-column={title}>
            {ours.length === 0 ? '' : sat(sum.toString())}
          </td>
        );
      })}
    </>
  );
}
