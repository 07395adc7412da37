/** The charts, the slider under them, and the marks in words. */
import { useSignal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import type { Balance, Channel, FeeChange } from '../api/json.ts';
import { counted, exactTime, outsideText, policy } from '../format.ts';
import { Tick } from '../parts/tick.tsx';
import { hrefOf } from '../route.ts';
import { BalanceChart } from './balance-chart.tsx';
import { FeeCharts } from './fee-chart.tsx';
import type { Connection, Mark, TimeSpan } from './life.ts';
import { evenAxis, isTime, scaledAxis } from './life-axis.ts';
import { endOfBalances } from './over.ts';
import { Readout } from './readout.tsx';
import { showMoment, TimeSlider } from './time-slider.tsx';
import { MOST_GAPS } from './use-life.ts';

interface LifeProps {
  readonly now: Channel;
  readonly span: TimeSpan | undefined;
  readonly points: readonly Balance[] | undefined;
  readonly fees: readonly FeeChange[];
  readonly marks: readonly Mark[];
  readonly connections: readonly Connection[];
  readonly at: string | undefined;
  readonly shown: Channel | undefined;
  readonly onStep: (direction: -1 | 1) => void;
  /** Why the last step led nowhere. */
  readonly stepProblem: string | undefined;
  readonly hasMoreGaps: boolean;
  readonly missing: readonly string[];
  readonly isLate: boolean;
}

export function LifeView(props: LifeProps) {
  return (
    <>
      <DrawnLife {...props} />
      {props.missing.map((sentence) => (
        <p key={sentence} class="still" role="status">
          No answer about {sentence}
        </p>
      ))}
    </>
  );
}

function DrawnLife(props: LifeProps) {
  const { span, points } = props;
  if (span === undefined || points === undefined) {
    return (
      <p class="soft no-life">
        {points === undefined ? '' : 'All that is recorded of this channel is of one moment.'}
      </p>
    );
  }
  return <Life {...props} span={span} points={points} />;
}

type TimedLife = LifeProps & {
  readonly span: TimeSpan;
  readonly points: readonly Balance[];
};

function Life(props: TimedLife) {
  const { now, span, points, fees, marks, connections, at, shown, onStep } = props;
  const [isEven, setEven] = useState(false);
  const axis = useMemo(() => {
    if (!isEven) return scaledAxis(span);
    return evenAxis(
      span,
      [...points, ...marks, ...fees].map((one) => one.at),
    );
  }, [isEven, span, points, marks, fees]);
  const choose = (x: number) => showMoment(axis.timeOf(x));
  const place = useSignal<number | undefined>(undefined);
  const shownTime = at === undefined ? undefined : timeOfMoment(at, shown);
  return (
    <section class="life" aria-label="Its life" data-late={props.isLate}>
      <div class="life-head">
        <Readout
          points={points}
          capacitySat={now.capacitySat}
          place={place}
          shown={shownTime}
          endedAt={endOfBalances(now)}
        />
        <Tick label="Event by event, not to scale in time" isOn={isEven} onTick={setEven} />
      </div>
      <BalanceChart
        points={points}
        channel={now}
        marks={marks}
        connections={connections}
        axis={axis}
        shown={shownTime}
        onChoose={choose}
        place={place}
      />
      {fees.length > 0 && (
        <FeeCharts changes={fees} axis={axis} shown={shownTime} onChoose={choose} />
      )}
      <TimeSlider
        axis={axis}
        at={at}
        place={shownTime}
        onStep={onStep}
        canStepOn={at !== undefined}
      />
      {props.stepProblem !== undefined && (
        <p class="still" role="alert">
          No step: {props.stepProblem}
        </p>
      )}
      <Words {...{ marks, connections, fees }} hasMoreGaps={props.hasMoreGaps} />
    </section>
  );
}

/** A height or a position is drawn where the last event by then is. */
function timeOfMoment(at: string, shown: Channel | undefined): string | undefined {
  return isTime(at) ? at : shown?.lastEventAt;
}

type WordsProps = Pick<LifeProps, 'marks' | 'connections' | 'fees' | 'hasMoreGaps'>;

/** What the charts mark, for who does not see them and for who wants the event. */
function Words({ marks, connections, fees, hasMoreGaps }: WordsProps) {
  const lines = [
    ...marks.map(({ at, label, eventId }) => ({ at, label, eventId })),
    ...connections.map(({ at, isConnected, why, eventId }) => ({
      at,
      label: isConnected
        ? 'peer connected'
        : `peer disconnected${why ? `: ${outsideText(why)}` : ''}`,
      eventId,
    })),
    ...fees.map(({ at, side, to, eventId }) => ({
      at,
      label: `${side === 'local' ? 'our' : 'their'} fee ${policy(to)}`,
      eventId,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1));
  return (
    <details class="marks">
      <summary>
        {counted(lines.length, 'mark')}: opening and closing, connections, fee policies
        {hasMoreGaps && `; of the gaps in the record the newest ${MOST_GAPS}`}
      </summary>
      <ol>
        {lines.map(({ at, label, eventId }) => (
          <li key={`${eventId}${label}`}>
            <button type="button" class="link" onClick={() => showMoment(at)}>
              {exactTime(at)}
            </button>{' '}
            <a href={hrefOf(['event', eventId])}>{label}</a>
          </li>
        ))}
      </ol>
    </details>
  );
}
