/** Whether the record can be trusted, what it lacks, and what to do about it. */
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { ProblemFound } from '../api/json.ts';
import { counted } from '../format.ts';
import { seen } from '../moment.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { useTitle } from '../parts/title.ts';
import { CoverageView } from './coverage-view.tsx';
import { ProblemList } from './problem-list.tsx';
import { VerifyView } from './verify-view.tsx';
import { ViewsState } from './views-state.tsx';

const EVERY_MS = 5000;

export function AuditPage() {
  useTitle('Audit');
  const problems = useAnswer<readonly ProblemFound[]>(pathOf('/problems', seen.value), {
    everyMs: EVERY_MS,
  });
  return (
    <>
      <h1 class="unseen">Audit</h1>
      <div class="audit">
        <div>
          <CoverageView />
          <section class="panel" aria-label="Problems">
            <h2>
              Problems{' '}
              {problems.answer && <small>{counted(problems.answer.length, 'cause')}</small>}
            </h2>
            <ShowAnswer of={problems} what="the problems">
              {(all) => <ProblemList problems={all} />}
            </ShowAnswer>
          </section>
        </div>
        <div>
          <VerifyView />
          <ViewsState />
        </div>
      </div>
    </>
  );
}
