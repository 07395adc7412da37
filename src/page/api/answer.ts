/** One question of a component: asked, asked again when the ledger grows, shown as it stands. */
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { onNews, type Told } from '../live/live.ts';
import { type Asker, asker, type Given, isSameQuestion, type Read } from './asker.ts';

export interface Answered<Answer> extends Omit<Given<Answer>, 'of'> {
  /** What `answer` was given to, where something else is asked by now. */
  readonly old?: string;
}

interface Options<Answer> {
  /** Whether these events can change the answer. Without it every event can. */
  readonly isTouchedBy?: (told: readonly Told[]) => boolean;
  /** Between two questions about a ledger that grows. */
  readonly everyMs?: number;
  /** How it is read, where one question does not do; always the same one. */
  readonly read?: Read<Answer>;
}

const USUAL_MS = 400;

/**
 * While the answer of a new path is on its way, the old one is still there, and says so: a slider that
 * is moved must not make the page blink. What is about something else altogether has its own key.
 */
export function useAnswer<Answer>(
  path: string,
  { isTouchedBy, everyMs = USUAL_MS, read }: Options<Answer> = {},
): Answered<Answer> {
  const [, show] = useReducer((count: number, _: undefined) => count + 1, 0);
  const shown = useRef<Given<Answer>>({ isAsking: true });
  const asking = useRef<Asker | undefined>(undefined);
  const touches = useRef(isTouchedBy);
  touches.current = isTouchedBy;
  // Asked with the change that wants it: an effect would wait for the next frame to be shown.
  useLayoutEffect(() => {
    const one = asker<Answer>((next) => {
      shown.current = next;
      show(undefined);
    }, read);
    asking.current = one;
    const stopNews = onNews((told) => {
      if (told === 'everything') one.back();
      else if (touches.current?.(told) ?? true) one.again();
    });
    return () => {
      stopNews();
      one.end();
    };
  }, []);
  useLayoutEffect(() => asking.current?.want(path, everyMs), [path, everyMs]);
  const { of, ...given } = shown.current;
  const isOld = given.answer !== undefined && of !== undefined && !isSameQuestion(of, path);
  return isOld ? { ...given, old: of, isAsking: true } : given;
}
