/** From event to event of a channel, by its buttons and by the keys. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, pathOf, Unanswered } from '../api/ask.ts';
import type { HistoryPage } from '../api/json.ts';
import { stepper } from '../keyboard.ts';
import { at } from '../moment.ts';
import { after } from './life.ts';
import { showMoment } from './time-slider.tsx';

export interface Steps {
  readonly step: (direction: -1 | 1) => void;
  /** Why the last step led nowhere. */
  readonly problem: string | undefined;
}

interface Narrowed {
  readonly node: string;
  readonly knownAt: string | undefined;
}

/** From event to event. The server is asked which comes next: a page has only some of them. */
export function useSteps(
  base: string,
  { node, knownAt: known }: Narrowed,
  lastEventAt: string | undefined,
  isPast: boolean,
): Steps {
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const latest = useRef({ lastEventAt, isPast });
  latest.current = { lastEventAt, isPast };
  /** Where the last step led: the state there may still be on its way. */
  const walked = useRef<string | undefined>(undefined);
  const steps = useRef<Promise<void>>(Promise.resolve());
  const step = useMemo(() => {
    walked.current = undefined;
    const take = async (direction: -1 | 1) => {
      const isThere = walked.current !== undefined && at.peek() === walked.current;
      const here = isThere ? { lastEventAt: walked.current, isPast: true } : latest.current;
      if (here.lastEventAt === undefined || (direction === 1 && !here.isPast)) return;
      const question =
        direction === 1
          ? { from: after(here.lastEventAt) }
          : { to: here.lastEventAt, newest: 'true' };
      const narrowed = { node, knownAt: known, limit: 1, ...question };
      const { entries } = await ask<HistoryPage>(pathOf(`${base}/history`, narrowed));
      setProblem(undefined);
      const found = entries[0]?.at;
      if (found === undefined && direction === -1) return;
      walked.current = found;
      showMoment(found);
    };
    // One after another: whoever presses quickly means so many events.
    const refuse = (error: unknown) => {
      if (error instanceof Unanswered) setProblem(error.message);
      else reportError(error);
    };
    return (direction: -1 | 1) => {
      steps.current = steps.current.then(() => take(direction)).catch(refuse);
    };
  }, [base, node, known]);
  useEffect(() => {
    stepper.step = step;
    return () => {
      stepper.step = undefined;
    };
  }, [step]);
  return { step, problem };
}
