/** One question of a component: asked, asked again when the ledger grows, shown as it stands. */
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { isServerThere, onNews, type Told } from '../live/live.ts';
import { wantToken } from '../sign-in-state.ts';
import { ask, Unanswered } from './ask.ts';

export interface Answered<Answer> {
  /** The newest answer; while another is on its way, the one before. */
  readonly answer?: Answer;
  /** Why there is no newer one. */
  readonly problem?: string;
  readonly status?: number;
  readonly isAsking: boolean;
}

interface Options {
  /** Whether these events can change the answer. Without it every event can. */
  readonly isTouchedBy?: (told: readonly Told[]) => boolean;
  /** Between two questions about a ledger that grows. */
  readonly everyMs?: number;
}

const USUAL_MS = 400;

/**
 * Undefined asks nothing. While the answer of a new path is on its way, the old one is still there: a
 * slider that is moved must not make the page blink. What is about something else has its own key.
 */
export function useAnswer<Answer>(
  path: string | undefined,
  { isTouchedBy, everyMs = USUAL_MS }: Options = {},
): Answered<Answer> {
  const [, show] = useReducer((count: number, _: undefined) => count + 1, 0);
  const shown = useRef<Answered<Answer>>({ isAsking: true });
  const touches = useRef(isTouchedBy);
  touches.current = isTouchedBy;
  // Asked with the change that wants it: an effect would wait for the next frame to be shown.
  useLayoutEffect(() => {
    if (path === undefined) return undefined;
    const update = (next: Answered<Answer>) => {
      shown.current = next;
      show(undefined);
    };
    const question = repeated<Answer>(path, everyMs, () => shown.current, update);
    const stopNews = onNews((told) => {
      if (told === 'everything' || (touches.current?.(told) ?? true)) question.again();
    });
    return () => {
      stopNews();
      question.end();
    };
  }, [path, everyMs]);
  return shown.current;
}

interface Repeated {
  again(): void;
  end(): void;
}

/** Never two at once: what is told while one is on its way is asked when it is there. */
function repeated<Answer>(
  path: string,
  everyMs: number,
  before: () => Answered<Answer>,
  update: (next: Answered<Answer>) => void,
): Repeated {
  const ended = new AbortController();
  let isUnderWay = false;
  let isWanted = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const run = async () => {
    waiting = undefined;
    isUnderWay = true;
    isWanted = false;
    askedAt = performance.now();
    const next = await answeredOf<Answer>(path, before(), ended.signal);
    isUnderWay = false;
    if (ended.signal.aborted) return;
    update(next);
    if (isWanted) again();
  };
  const again = () => {
    isWanted = true;
    if (isUnderWay || waiting !== undefined) return;
    waiting = setTimeout(run, Math.max(0, askedAt + everyMs - performance.now()));
  };
  update({ ...before(), isAsking: true });
  void run();
  return {
    again,
    end() {
      ended.abort();
      clearTimeout(waiting);
    },
  };
}

async function answeredOf<Answer>(
  path: string,
  before: Answered<Answer>,
  signal: AbortSignal,
): Promise<Answered<Answer>> {
  try {
    const answer = await ask<Answer>(path, signal);
    isServerThere.value = true;
    return { answer, isAsking: false };
  } catch (error) {
    if (!(error instanceof Unanswered)) return { ...before, isAsking: false };
    if (error.status === undefined) isServerThere.value = false;
    if (error.status === 401) wantToken();
    const { answer } = before;
    // What was true a moment ago is still worth more than nothing, where nobody answers.
    const isGone = error.status === undefined && answer !== undefined;
    return {
      ...(isGone && { answer }),
      problem: error.message,
      ...(error.status !== undefined && { status: error.status }),
      isAsking: false,
    };
  }
}
