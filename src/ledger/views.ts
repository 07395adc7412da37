/** The ledger's own projections, and any other one that is asked for. */
import { channelProjection } from '../../projections/channel.ts';
import { gossipProjection } from '../../projections/gossip.ts';
import { nodeProjection } from '../../projections/node.ts';
import { peerProjection } from '../../projections/peer.ts';
import type { Projection, RowBase } from '../../projections/projection.ts';
import { type View, viewOf } from './view.ts';

interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

export class Views {
  readonly #views = new Map<string, View<RowBase>>();

  constructor() {
    this.of(channelProjection);
    this.of(peerProjection);
    this.of(nodeProjection);
    this.of(gossipProjection);
  }

  /** From the first question on, a projection's rows are kept up too. */
  of<Row extends RowBase, E extends AnyEvent>(projection: Projection<Row, E>): View<Row> {
    const known = this.#views.get(projection.name);
    // A projection's name names its row's type.
    if (known !== undefined) return known as View<Row>;
    const view = viewOf(projection);
    this.#views.set(projection.name, view);
    return view;
  }

  all(): readonly View<RowBase>[] {
    return [...this.#views.values()];
  }

  /** Those whose rows a stream has. */
  ofStream(stream: string): readonly View<RowBase>[] {
    return this.all().filter((view) => stream.startsWith(`${view.category}-`));
  }
}
