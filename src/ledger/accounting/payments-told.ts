/** Which nodes tell their payments, and of which one may have come back: kept up as payments are recorded. */

import type { AnswerContext } from '../answers/context.ts';
import { asked } from '../answers/nodes.ts';
import { windowOf } from '../answers/window.ts';
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';

const TYPES = ['PaymentSent', 'PaymentReceived'] as const;

interface NodePayments {
  /** It tells payments as they were sent. */
  isSentTold: boolean;
  /** One of them may have come back. */
  mayRebalance: boolean;
  /** By keyed link, as long as none came back. */
  readonly links: Readonly<Record<(typeof TYPES)[number], Set<string>>>;
}

/**
 * Payments are few beside HTLCs, and most nodes tell them: where none of a node's comes back, nothing else of it
 * is read. Each node by itself: what another tells says nothing of it. One question's, and of one moment or now.
 */
export class PaymentsTold {
  readonly #nodes = new Map<string, NodePayments>();
  /** By stream, the revision to go on from. */
  readonly #next = new Map<string, number>();

  /** Reads what was recorded since it was last asked for. */
  catchUp(context: AnswerContext, query: Query): void {
    const { store } = context;
    const isInWindow = windowOf(store, asked(context, query));
    for (const { stream, revision } of store.streamHeads('node-')) {
      const fromRevision = this.#next.get(stream) ?? 0;
      if (revision < fromRevision) continue;
      this.#next.set(stream, revision + 1);
      const node = this.#node(parseStream(stream)?.nodeId ?? '');
      const range = { types: TYPES, fromRevision, toRevision: revision };
      for (const stored of store.streamEvents(stream, range)) {
        if (node.isSentTold && node.mayRebalance) break;
        if (isInWindow(stored)) add(node, decodeEvent(stored).fact);
      }
    }
  }

  isSentTold(nodeId: string): boolean {
    return this.#nodes.get(nodeId)?.isSentTold ?? false;
  }

  /** A node of which only HTLCs are told may have sent any of them to itself. */
  mayRebalance(nodeId: string): boolean {
    const node = this.#nodes.get(nodeId);
    return node === undefined || node.mayRebalance || !node.isSentTold;
  }

  #node(nodeId: string): NodePayments {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const links = { PaymentSent: new Set<string>(), PaymentReceived: new Set<string>() };
    const node = { isSentTold: false, mayRebalance: false, links };
    this.#nodes.set(nodeId, node);
    return node;
  }
}

function add(node: NodePayments, fact: ReturnType<typeof decodeEvent>['fact']): void {
  if (fact?.type !== 'PaymentSent' && fact?.type !== 'PaymentReceived') return;
  const { type, data } = fact;
  if (type === 'PaymentSent') node.isSentTold = true;
  if (type === 'PaymentSent' && data.isToSelf === true) node.mayRebalance = true;
  const { paymentLink: link } = data;
  if (node.mayRebalance || link === undefined) return;
  const { links } = node;
  links[type].add(link);
  if (!links[type === 'PaymentSent' ? 'PaymentReceived' : 'PaymentSent'].has(link)) return;
  node.mayRebalance = true;
  links.PaymentSent.clear();
  links.PaymentReceived.clear();
}
