/** What can be read off a chart point by point, with the pointer and with the keys. */
import type { Signal } from '@preact/signals';
import type uPlot from 'uplot';

export interface ChartReading {
  /** Of the point under the pointer or at the keys' place; undefined where there is neither. */
  readonly place: Signal<number | undefined>;
  /** Where the keys begin. */
  readonly start: () => number;
  readonly count: number;
  readonly textOf: (index: number) => string;
  readonly onChoose: (index: number) => void;
}

/** Where the keys have gone the line under the pointer goes as well. */
export function showCursor(chart: uPlot | undefined, index: number | undefined): void {
  const x = index === undefined ? undefined : chart?.data[0][index];
  const left = x === undefined ? -10 : chart?.valToPos(x, 'x');
  chart?.setCursor({ left: left ?? -10, top: x === undefined ? -10 : 10 }, false);
}

/** A slider through its points: arrows read them, Enter shows the page as it was then. */
export function keyboardOf(
  label: string,
  { place, start, count, textOf, onChoose }: ChartReading,
  showsPlace: (index: number | undefined) => void,
) {
  const index = place.value ?? start();
  const move = (to: number | undefined) => {
    place.value = to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
    showsPlace(place.value);
  };
  const far = Math.max(1, Math.round(count / 20));
  const moves: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(index - 1),
    ArrowDown: () => move(index - 1),
    ArrowRight: () => move(index + 1),
    ArrowUp: () => move(index + 1),
    PageDown: () => move(index - far),
    PageUp: () => move(index + far),
    Home: () => move(0),
    End: () => move(count - 1),
    Enter: () => onChoose(index),
    Escape: () => move(undefined),
  };
  return {
    role: 'slider' as const,
    'aria-label': label,
    tabIndex: 0,
    'aria-valuemin': 0,
    'aria-valuemax': count - 1,
    'aria-valuenow': index,
    'aria-valuetext': textOf(index),
    onBlur: () => move(undefined),
    onKeyDown(event: KeyboardEvent) {
      const press = moves[event.key];
      if (press === undefined) return;
      event.preventDefault();
      press();
    },
  };
}

/** The last point that is not beyond the pointer: it holds until the next. */
export function readPointer(self: uPlot, { place, count }: ChartReading): void {
  const { left } = self.cursor;
  if (left === undefined || left < 0) {
    place.value = undefined;
    return;
  }
  const x = self.posToVal(left, 'x');
  const xs = self.data[0];
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  place.value = Math.min(count - 1, Math.max(0, low - 1));
}
