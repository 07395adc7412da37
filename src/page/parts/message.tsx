/** A sentence where there is nothing to show, or where something went wrong. */
import type { ComponentChildren } from 'preact';
import type { Answered } from '../api/answer.ts';

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

/** What was answered, or why there is no answer. */
export function ShowAnswer<Answer>({ of, what, children }: AnswerProps<Answer>) {
  const { answer, problem, isAsking } = of;
  if (answer !== undefined) return <>{children(answer)}</>;
  if (problem !== undefined) return <Message title={`No answer about ${what}`}>{problem}</Message>;
  return isAsking ? (
    <p class="asking" role="status">
      Asking for {what} …
    </p>
  ) : null;
}
