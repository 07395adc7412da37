/** Forwards summed, node by node. */
import type { LocalStore } from '../../store/event-store.ts';
import type { Query } from '../query.ts';
import type { ForwardSum } from '../view-types.ts';
import { recordedNodes } from './nodes.ts';
import type { Span } from './span.ts';

/** Both ends of a channel may be recorded here: what each of them forwarded is a sum of its own. */
export interface NodeSum extends ForwardSum {
  readonly nodeId: string;
}

type Grouping = 'day' | 'channel' | 'peer';

interface Asked {
  readonly store: Pick<LocalStore, 'streamNames' | 'streamBodies'>;
  forwardSums(by: Grouping, query?: Query & Span): readonly ForwardSum[];
}

export function sumsOfNodes(ledger: Asked, by: Grouping, span: Query & Span): readonly NodeSum[] {
  const { nodeId: asked } = span;
  const nodes = asked === undefined ? recordedNodes(ledger, '') : [asked];
  return nodes.flatMap((nodeId) =>
    ledger.forwardSums(by, { ...span, nodeId }).map((sum) => ({ nodeId, ...sum })),
  );
}
