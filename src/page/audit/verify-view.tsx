/** Invariants, digests, secrets and signatures: the whole ledger recomputed, rule by rule. */
import type { ComponentChildren } from 'preact';
import { count, counted, outsideText, time } from '../format.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { type Column, SortedTable } from '../parts/sorted-table.tsx';
import { useVerify, type Verified } from './verify-status.ts';

type Report = NonNullable<Verified['report']>;
type Rule = Report['rules'][number];

export function VerifyView() {
  const { status, refusal, begin } = useVerify();
  const isRunning = status.answer?.state === 'running';
  return (
    <section class="panel" aria-label="Verify">
      <div class="title-line">
        <h2>Invariants and signatures</h2>
        <div class="of-verify">
          <button type="button" disabled={isRunning} onClick={() => begin(false)}>
            Verify
          </button>
          <button type="button" disabled={isRunning} onClick={() => begin(true)}>
            Verify with signatures
          </button>
        </div>
      </div>
      {refusal !== undefined && (
        <p class="bad" role="alert">
          {refusal}
        </p>
      )}
      <ShowAnswer of={status} what="the last verify">
        {(last) => (
          <>
            <p class="verified" role="status" data-state={last.state}>
              {stateText(last)}
            </p>
            {last.report !== undefined && <ReportView report={last.report} />}
          </>
        )}
      </ShowAnswer>
    </section>
  );
}

function stateText(last: Verified): ComponentChildren {
  const { state, startedAt, endedAt, signatures = false, done, total, why, report } = last;
  switch (state) {
    case 'never':
      return 'Not verified since this server began. Nothing is known of the bytes until it is.';
    case 'running':
      return total === undefined || done === undefined
        ? `Running since ${time(startedAt)} …`
        : `Running since ${time(startedAt)}: ${count(done)} of ${count(total)} …`;
    case 'failed':
      return (
        <span class="bad">
          No report: {outsideText(why ?? 'nobody knows why')}. → Run "channel-ledger verify" beside
          it: it prints the whole reason.
        </span>
      );
    case 'done': {
      const what = signatures ? 'with signatures' : 'without signatures';
      const of = `${counted(report?.events ?? 0, 'event')} at ${time(endedAt)}, ${what}`;
      return report?.isSound ? (
        <span class="sound">Sound: {of}</span>
      ) : (
        <span class="bad">Broken: {of}</span>
      );
    }
  }
}

const OF_EVENTS =
  'keep the file as it is, put the last sound backup or replica in its place, import what came ' +
  'since, and verify that';
const OF_VIEWS =
  'run "channel-ledger rebuild": the events are sound, and what is kept is made of them';

/** Rows and snapshots are made of the events: only they can be made anew. */
function remedyOf({ broken }: Report): string {
  return broken.every(({ rule }) => /^(row-equals|snapshot)/.test(rule)) ? OF_VIEWS : OF_EVENTS;
}

function ReportView({ report }: { readonly report: Report }) {
  return (
    <>
      {report.broken.length > 0 && (
        <>
          <ul class="problems">
            {report.broken.slice(0, 50).map(({ rule, where, detail }) => (
              <li key={`${rule} ${where} ${detail}`} data-broken={rule}>
                <p>
                  <code>{rule}</code> {outsideText(where)}
                </p>
                <p class="detail">{outsideText(detail)}</p>
              </li>
            ))}
          </ul>
          <p class="remedy">
            <span aria-hidden="true">→ </span>
            <span class="unseen">What to do: </span>
            {remedyOf(report)}
          </p>
        </>
      )}
      <SortedTable
        label="Rules"
        columns={columns}
        rows={report.rules}
        keyOf={({ rule }) => rule}
        startsBy="broken"
      />
      <p class="head">
        head <code>{report.head}</code>
      </p>
    </>
  );
}

const uncheckable = ({ notCheckable }: Rule) =>
  notCheckable.map((one) => `${count(one.count)} ${outsideText(one.why)}`).join('; ');

const columns: readonly Column<Rule>[] = [
  { title: 'rule', cell: ({ rule }) => <code>{rule}</code>, order: ({ rule }) => rule },
  {
    title: 'checked',
    cell: ({ checked }) => (checked === 0 ? <span class="soft">0</span> : count(checked)),
    order: ({ checked }) => checked,
    isNumber: true,
  },
  {
    title: 'broken',
    cell: ({ broken }) =>
      broken === 0 ? <span class="soft">0</span> : <b class="bad">{count(broken)}</b>,
    order: ({ broken }) => broken,
    isNumber: true,
  },
  { title: 'could not be checked', cell: (rule) => <span class="soft">{uncheckable(rule)}</span> },
];
