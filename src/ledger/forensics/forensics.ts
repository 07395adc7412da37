/** The questions of somebody who looks for what went wrong, of one channel each. */

import type { ChannelRow } from '../../../projections/channel-row.ts';
import { type Bisected, type BisectQuery, bisect } from '../answers/bisect.ts';
import { checkedQuery } from '../answers/checked-query.ts';
import { type ConnectionView, connections } from '../answers/connections.ts';
import { type DiffQuery, diff, type FieldDifference } from '../answers/diff.ts';
import type { HistoryContext, HistoryQuery } from '../answers/history.ts';
import { type OriginQuery, origin } from '../answers/origin.ts';
import { type RecordingsView, recordings } from '../answers/recordings.ts';
import { replay } from '../answers/replay.ts';
import { stepping } from '../answers/step.ts';
import { type WhyQuery, why } from '../answers/why.ts';
import type { Query } from '../query.ts';
import type { HistoryEntry } from '../view-types.ts';
import type { Dossier } from './dossier.ts';
import type { Replayed, ReplayPace } from './replay.ts';
import type { Walk } from './stepper.ts';

export class Forensics {
  readonly #context: HistoryContext;

  constructor(context: HistoryContext) {
    this.#context = context;
  }

  /** Why a closed or closing channel closes, and what became of its money. */
  async why(name: string, { signal, ...query }: WhyQuery = {}): Promise<Dossier> {
    return why(this.#context, name, { ...checkedQuery(query), ...(signal && { signal }) });
  }

  /** What changed between two moments, with the events that did it. */
  diff(name: string, query: DiffQuery): Promise<readonly FieldDifference[]> {
    return diff(this.#context, name, query);
  }

  /** The first event after which a condition holds, such as `localBalanceMsat < 1000000000`. */
  bisect(name: string, condition: string, query: BisectQuery = {}): Promise<Bisected> {
    return bisect(this.#context, name, condition, query);
  }

  /** The last event that changed a field of the answer, such as `localBalanceMsat` or `local.number`. */
  async origin(
    name: string,
    field: string,
    { signal, ...query }: OriginQuery = {},
  ): Promise<HistoryEntry> {
    const checked = { ...checkedQuery(query), ...(signal && { signal }) };
    return origin(this.#context, name, field, checked);
  }

  /** When the channel's peer came and went. */
  connections(name: string, query: Query = {}): readonly ConnectionView[] {
    return connections(this.#context, name, checkedQuery(query));
  }

  /** When each node was listened to: what the record covers. */
  recordings(query: Query = {}): readonly RecordingsView[] {
    return recordings(this.#context, checkedQuery(query));
  }

  /** Every state of the channel, to be walked through (stepper.ts); stands before the first event. */
  step(name: string, query: Query = {}): Walk<ChannelRow> {
    return stepping(this.#context, name, checkedQuery(query));
  }

  /** The recorded events of a channel, or of the whole ledger, in the rhythm in which they happened. */
  replay(
    name: string | undefined,
    query: HistoryQuery = {},
    pace: ReplayPace = {},
  ): AsyncGenerator<Replayed> {
    return replay(this.#context, name, checkedQuery(query), pace);
  }
}
