/** Which pages of its lists a file holds, by the lists' own numbers. */
import { EqualForwards, type ForwardPlaces, type Page } from './equal-forwards.ts';
import type { FileSurvey, Stretch } from './survey.ts';

/** The answer that a list stands in. */
export const parentOf = (path: string): string => path.split('.').slice(0, -1).join('.');

/** Which of a list's records a file has, by the list's own numbers. */
export function stretchOf(file: FileSurvey, path: string, stretch: Stretch): Stretch {
  const { firstIndex, lastIndex: counted, count } = stretch;
  const lastIndex = file.lastOffsets.get(parentOf(path));
  if (lastIndex === undefined) return { firstIndex, lastIndex: counted, count };
  return { firstIndex: Math.max(1, lastIndex - count + 1), lastIndex, count };
}

/** The pages of forwards that files have. */
export function pagesOf(files: readonly FileSurvey[]): readonly Page[] {
  return files.flatMap((file) =>
    [...file.forwards.keys()].flatMap((path) => pageOf(file, path) ?? []),
  );
}

function pageOf(file: FileSurvey, path: string): Page | undefined {
  const [stretch, seconds] = [file.stretches.get(path), file.forwards.get(path)];
  if (stretch === undefined || seconds === undefined) return undefined;
  const isNumbered = file.lastOffsets.has(parentOf(path));
  return { numbers: isNumbered ? stretchOf(file, path, stretch) : undefined, seconds };
}

/** For one reading of a file. */
export function equalForwardsOf(
  file: FileSurvey,
  places: ForwardPlaces,
): (path: readonly string[]) => EqualForwards {
  const counters = new Map<string, EqualForwards>();
  return (path) => {
    const key = path.join('.');
    const counter = counters.get(key) ?? new EqualForwards(pageOf(file, key)?.numbers, places);
    counters.set(key, counter);
    return counter;
  };
}
