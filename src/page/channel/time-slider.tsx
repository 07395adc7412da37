/** The slider that sets the page to any moment, and the steps from event to event. */
import { momentText } from '../format.ts';
import { goLive, isPinned, knownAt, ofThisPage, pin, pinned } from '../moment.ts';
import { restate } from '../route.ts';
import { STEPS } from './life.ts';
import { type LifeAxis, momentAt, stepOf } from './life-axis.ts';

interface TimeSliderProps {
  readonly axis: LifeAxis;
  readonly at: string | undefined;
  /** The time that it stands at: a height or a position is none. */
  readonly place: string | undefined;
  readonly onStep: (direction: -1 | 1) => void;
  readonly canStepOn: boolean;
}

export function TimeSlider({ axis, at, place, onStep, canStepOn }: TimeSliderProps) {
  return (
    <div class="time-slider">
      <input
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={stepOf(axis, STEPS, place)}
        aria-label="The moment that is shown"
        aria-valuetext={at === undefined ? 'now' : momentText(at)}
        onInput={(event) => passMoment(momentAt(axis, STEPS, Number(event.currentTarget.value)))}
        onChange={(event) => showMoment(momentAt(axis, STEPS, Number(event.currentTarget.value)))}
      />
      <div class="steps">
        <button type="button" onClick={() => onStep(-1)} title="One event back ( [ )">
          ← Event
        </button>
        <output>{at === undefined ? 'now' : momentText(at)}</output>
        <button
          type="button"
          onClick={() => onStep(1)}
          disabled={!canStepOn}
          title="One event on ( ] )"
        >
          Event →
        </button>
        <span class="of-moment">
          {at !== undefined && pinned.value.at !== at && (
            <button type="button" onClick={() => pin({ at, knownAt: knownAt.value })}>
              Pin: all pages show it
            </button>
          )}
          {at !== undefined && (
            <button type="button" onClick={goLive}>
              Back to now
            </button>
          )}
        </span>
      </div>
    </div>
  );
}

/** While the slider is moved: browsers do not let an address change so often. */
function passMoment(moment: string | undefined): void {
  if (!isPinned.value) ofThisPage.value = { ...ofThisPage.value, at: moment };
}

/** For this page alone, and in its address; undefined is now. What is pinned moves with it. */
export function showMoment(moment: string | undefined): void {
  if (isPinned.value) {
    pin({ at: moment, knownAt: knownAt.value });
    return;
  }
  ofThisPage.value = { ...ofThisPage.value, at: moment };
  restate({ at: moment });
}
