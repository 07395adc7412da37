/** The questions behind one place of the page: which are on their way, and which answer is shown. */
import { isServerThere } from '../live/live.ts';
import { wantToken } from '../sign-in-state.ts';
import { ask, Unanswered } from './ask.ts';

export interface Given<Answer> {
  /** The newest answer there is; while another is on its way, the one before. */
  readonly answer?: Answer;
  /** What `answer` was given to, and when that was asked, by the page's clock. */
  readonly of?: string;
  readonly askedAt?: number;
  /** What is asked now is waited for so long that one notices. */
  readonly isLate?: boolean;
  /** Why there is no newer one. */
  readonly problem?: string;
  readonly status?: number;
  readonly isAsking: boolean;
}

export interface Asker {
  /** Another question from now on: it is asked at once. */
  want(path: string, everyMs: number): void;
  /** The same question once more, and not more often than it may be asked. */
  again(): void;
  /** The server is there again: who waits because it was not, or could not answer, waits no longer. */
  back(): void;
  end(): void;
}

/** Throws as `ask` does. */
export type Read<Answer> = (path: string, signal: AbortSignal) => Promise<Answer>;

interface Question {
  readonly path: string;
  readonly ended: AbortController;
}

/** Shorter, and a slider that is moved would make the page flicker. */
const LATE_MS = 300;
/** After a server that could not answer now, or an answer that was lost. */
const REFUSED_MS = 3000;

/**
 * At most two questions are on their way: the oldest is let through, however often another is wanted
 * meanwhile, and the newest waits for nobody. So a slider shows something while it is dragged, over a
 * slow line too. The same question is never asked twice at once.
 */
export function asker<Answer>(
  update: (next: Given<Answer>) => void,
  read: Read<Answer> = ask,
): Asker {
  let given: Given<Answer> = { isAsking: true };
  let wanted = '';
  let everyMs = 0;
  let underWay: readonly Question[] = [];
  let isWantedAgain = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let lateness: ReturnType<typeof setTimeout> | undefined;
  const show = (next: Given<Answer>) => {
    given = next;
    update(next);
  };
  const watch = () => {
    lateness ??= setTimeout(() => {
      lateness = undefined;
      show({ ...given, isLate: true });
    }, LATE_MS);
  };
  const unwatch = () => {
    clearTimeout(lateness);
    lateness = undefined;
  };
  const receive = (path: string, at: number, outcome: Outcome<Answer>) => {
    const isWanted = path === wanted;
    if (!('answer' in outcome)) {
      // That the one before was refused says nothing about the one that is waited for.
      if (!isWanted) return;
      unwatch();
      show(withProblem(given, path, outcome));
      // Where nobody answered as well: one line can break while the event stream stands.
      if (isPassing(outcome)) againIn(Math.max(REFUSED_MS, everyMs));
      return;
    }
    unwatch();
    show({ answer: outcome.answer, of: path, askedAt: at, isAsking: !isWanted });
    if (!isWanted) watch();
  };
  const run = async () => {
    waiting = undefined;
    isWantedAgain = false;
    askedAt = performance.now();
    const at = askedAt;
    const question: Question = { path: wanted, ended: new AbortController() };
    underWay = [...underWay, question];
    const outcome = await outcomeOf(question, read);
    if (outcome === undefined) return;
    const place = underWay.indexOf(question);
    for (const older of underWay.slice(0, place)) older.ended.abort();
    underWay = underWay.slice(place + 1);
    receive(question.path, at, outcome);
    if (isWantedAgain) again();
  };
  const againIn = (ms: number) => {
    if (underWay.length === 0) waiting ??= setTimeout(run, ms);
  };
  const again = () => {
    isWantedAgain = true;
    againIn(Math.max(0, askedAt + everyMs - performance.now()));
  };
  return {
    want(path, every) {
      [wanted, everyMs] = [path, every];
      clearTimeout(waiting);
      for (const passed of underWay.slice(1)) passed.ended.abort();
      underWay = underWay.slice(0, 1);
      show({ ...given, isAsking: true });
      if (given.answer !== undefined && !isSameQuestion(given.of, path)) watch();
      void run();
    },
    again,
    back() {
      clearTimeout(waiting);
      waiting = undefined;
      again();
    },
    end() {
      clearTimeout(waiting);
      unwatch();
      for (const { ended } of underWay) ended.abort();
    },
  };
}

/** What comes after `#` makes a question be asked anew; the server takes no notice of it. */
export function isSameQuestion(one: string | undefined, other: string | undefined): boolean {
  return one?.split('#')[0] === other?.split('#')[0];
}

type Outcome<Answer> = { readonly answer: Answer } | Unanswered;

/** It may be answered in a while: nobody is there, the server is busy, or something broke in it. */
const isPassing = ({ status }: Unanswered) =>
  status === undefined || status === 429 || status >= 500;

/**
 * What was true a moment ago is still worth more than nothing, where there will be an answer in a while.
 * What was true of another moment is not: it would stand under a heading that is not its own.
 */
function withProblem<Answer>(
  { answer, of, askedAt }: Given<Answer>,
  path: string,
  problem: Unanswered,
): Given<Answer> {
  const isKept = answer !== undefined && isPassing(problem) && isSameQuestion(of, path);
  return {
    ...(isKept && { answer }),
    ...(isKept && of !== undefined && { of }),
    ...(isKept && askedAt !== undefined && { askedAt }),
    problem: problem.message,
    ...(problem.status !== undefined && { status: problem.status }),
    isAsking: false,
  };
}

/** Undefined where the question was ended before. */
async function outcomeOf<Answer>(
  { path, ended }: Question,
  read: Read<Answer>,
): Promise<Outcome<Answer> | undefined> {
  try {
    const answer = await read(path, ended.signal);
    if (ended.signal.aborted) return undefined;
    isServerThere.value = true;
    return { answer };
  } catch (error) {
    if (ended.signal.aborted) return undefined;
    if (!(error instanceof Unanswered)) throw error;
    if (error.status === undefined) isServerThere.value = false;
    if (error.status === 401) wantToken();
    return error;
  }
}
