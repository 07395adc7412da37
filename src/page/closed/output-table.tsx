/** The flow picture in words: each output, what became of it, and who has its satoshis now. */
import { count, sat, shortId, UNKNOWN } from '../format.ts';
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
      {(isTight) => (
        <table class={isTight ? 'outputs stacks tight' : 'outputs stacks'}>
          <caption class="unseen">
            Each output of the close and what became of it, in satoshi
          </caption>
          <Heads shown={shown} isTight={isTight} />
          <tbody>
            {lines.map((line, index) => (
              <LineView
                key={line.step.output?.outpoint ?? index}
                {...{ ...line, shown, close, isTight }}
              />
            ))}
            {flow.brought.length > 0 && (
              <tr>
                <th scope="row">brought by sweeps</th>
                <td class="number" />
                <td colSpan={fateColumns(isTight)} class="soft" data-column="became">
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
              <td colSpan={fateColumns(isTight)} />
              {shown.map(({ id, title }) => (
                <td key={id} class="number" data-end={id} data-column={title}>
                  {sat((flow.sums.get(id) ?? 0n).toString())}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      )}
    </WideTable>
  );
}

/** Height, time and transaction have columns of their own, or stand below what became of the output. */
const fateColumns = (isTight: boolean) => (isTight ? 1 : 4);

interface HeadsProps {
  readonly shown: readonly EndColumn[];
  readonly isTight: boolean;
}

function Heads({ shown, isTight }: HeadsProps) {
  return (
    <thead>
      <tr>
        <th scope="col">output</th>
        <th scope="col" class="number">
          sat
        </th>
        <th scope="col">became</th>
        {!isTight && (
          <>
            <th scope="col" class="number">
              at height
            </th>
            <th scope="col">when, UTC</th>
            <th scope="col">by transaction</th>
          </>
        )}
        {shown.map(({ id, title }) => (
          <th key={id} scope="col" class="number" data-end={id}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
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
  readonly isTight: boolean;
}

function LineView({ step, isSecond, shown, close, isTight }: LineProps) {
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
      {output === undefined ? (
        <td colSpan={fateColumns(isTight)} />
      ) : (
        <Fate {...{ output, close, isTight }} />
      )}
      <EndCells parts={step.parts} shown={shown} />
    </tr>
  );
}

interface FateProps {
  readonly output: Output;
  readonly close: Close;
  readonly isTight: boolean;
}

function Fate({ output, close, isTight }: FateProps) {
  const { sweepTxid, height, at, atBounds } = output;
  const isClaimed = output.outcome !== undefined;
  const fate = fateText(output, close);
  const [atHeight, when] = isClaimed ? [count(height), placed(at, atBounds)] : ['', ''];
  const by = sweepTxid === undefined ? (isClaimed ? UNKNOWN : '') : shortId(sweepTxid);
  if (isTight) {
    return (
      <td data-field="fate" data-column="became">
        {fate}
        {isClaimed && (
          <small class="below">
            at height <b data-column="at height">{atHeight}</b>,{' '}
            <b data-column="when, UTC">{when}</b>, by{' '}
            <b class="mono" title={sweepTxid} data-column="by transaction">
              {by}
            </b>
          </small>
        )}
      </td>
    );
  }
  return (
    <>
      <td data-field="fate" data-column="became">
        {fate}
      </td>
      <td class="number" data-column="at height">
        {atHeight}
      </td>
      <td class="when" data-column="when, UTC">
        {when}
      </td>
      <td class="mono" title={sweepTxid} data-column="by transaction">
        {by}
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
