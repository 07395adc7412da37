/** A sentence where there is nothing to show, or where something went wrong. */
import type { ComponentChildren } from 'preact';
import type { Answered } from '../api/answer.ts';
import { momentText, seenText } from '../format.ts';
import { isServerThere } from '../live/live.ts';
import { seenOf } from '../moment.ts';

interface MessageProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Message({ title, children }: MessageProps) {
  return (
    <section class="message">
      <h1>{title}</h1>
      {children !== undefined && <p>{children}</p>}
    </section>
  );
}

interface AnswerProps<Answer> {
  readonly of: Answered<Answer>;
  /** What is asked for, as in "the open channels". */
  readonly what: string;
  readonly children: (answer: Answer) => ComponentChildren;
}

/** What was answered, or why there is no answer. What is not the answer any more says so. */
export function ShowAnswer<Answer>({ of, what, children }: AnswerProps<Answer>) {
  const { answer, problem, isAsking, old, isLate = false } = of;
  if (answer !== undefined) {
    return (
      <div class="answer" aria-busy={old !== undefined} data-late={isLate && old !== undefined}>
        <Still of={of} />
        {children(answer)}
      </div>
    );
  }
  if (problem !== undefined) return <Message title={`No answer about ${what}`}>{problem}</Message>;
  return isAsking ? (
    <p class="asking" role="status">
      Asking for {what} …
    </p>
  ) : null;
}

/** That what is shown is not what was asked for: of which moment it is, or why it is no newer. */
export function Still({ of }: { readonly of: Answered<unknown> }) {
  const { old, isLate = false, problem, status } = of;
  if (old !== undefined && isLate) {
    return (
      <p class="still" role="status">
        Still {momentOf(old)}: what is asked for is on its way.
      </p>
    );
  }
  // Where nobody answers at all, the notice above every page says it.
  if (problem === undefined || (status === undefined && !isServerThere.value)) return null;
  return (
    <p class="still" role="status">
      Not the newest: {problem}
    </p>
  );
}

function momentOf(path: string): string {
  const then = seenOf(new URL(path, location.origin).searchParams);
  return `as of ${then.at === undefined ? 'now' : momentText(then.at)}${seenText({ knownAt: then.knownAt })}`;
}
