/** What every answer is made from: rows as of a moment, and the events behind them. */
import type { LocalStore } from '../../store/event-store.ts';
import type { Rows } from '../rows.ts';

export interface AnswerContext {
  readonly rows: Rows;
  readonly store: LocalStore;
}
