/** What went through a channel while one policy held. */
import type { FeeChangeEffect } from '../api/json.ts';
import { atLeast, counted, msatAsSat, time } from '../format.ts';

type Term = FeeChangeEffect['after'];

interface TermProps {
  readonly term: Term;
  /** Whose policy held. */
  readonly side: FeeChangeEffect['side'];
  /** The term before it, to say which of them earned more by the day. */
  readonly than?: Term;
}

const DAY_MS = 86_400_000;

export function TermView({ term, side, than }: TermProps) {
  const { forwardedCount, failedCount, amountMsat, feeMsat, from, to } = term;
  const { isAmountAtLeast = false, isFeeAtLeast = false } = term;
  const span = `${time(from)} to ${to === undefined ? 'the end of what is shown' : time(to)}`;
  if (forwardedCount === 0 && failedCount === 0) {
    return (
      <span class="soft" title={span}>
        no forward
      </span>
    );
  }
  return (
    <span class="term" title={span}>
      <b>{atLeast(msatAsSat(feeMsat), isFeeAtLeast)} sat</b>{' '}
      {side === 'local' ? 'earned' : 'earned further on'}
      {than !== undefined && rateText(term, than)}
      <small>
        {counted(forwardedCount, 'forward')} of {atLeast(msatAsSat(amountMsat), isAmountAtLeast)}{' '}
        sat
        {failedCount > 0 && `, ${failedCount} failed`}
      </small>
    </span>
  );
}

/** Only where both terms have ended, and all that they earned is told: nobody knows how long the last one lasts. */
function rateText(term: Term, than: Term): string {
  const [now, before] = [perDay(term), perDay(than)];
  if (now === undefined || before === undefined || now === before) return '';
  return now > before ? ', more by the day ↑' : ', less by the day ↓';
}

function perDay({ from, to, feeMsat, isFeeAtLeast }: Term): number | undefined {
  if (to === undefined || isFeeAtLeast === true) return undefined;
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days > 0 ? Number(feeMsat) / days : undefined;
}
