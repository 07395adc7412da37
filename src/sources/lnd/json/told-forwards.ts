/**
 * Forwards of whole seconds that the ledger has already, with the places at which their lists held them: of
 * pages that are imported one after the other each shows by its numbers whether it goes on where another ended.
 */
import type { Known } from '../../known.ts';
import { NS_PER_SECOND, type Teller } from '../told.ts';

/** Of one page of `fwdinghistory`, by the list's own numbers. */
export interface PageNumbers {
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/** Where one of several equal forwards stands. */
export interface ForwardPlace {
  /** How-many-th of its equals it is. */
  readonly nth: number;
  readonly index: number;
  readonly page: PageNumbers;
}

export interface ToldForwards {
  readonly pages: readonly PageNumbers[];
  /** By what the forward says. */
  readonly places: ReadonlyMap<string, readonly ForwardPlace[]>;
}

const EVIDENCE =
  /^forward\/(\d{1,30})\/([0-9a-f]{32})\/(\d{1,9}) at (\d{1,16}) of (\d{1,16})-(\d{1,16})$/;

/** How a forward is found again: its second, what it says, which of its equals it is, and its list's numbers. */
export function forwardEvidence(
  atNs: bigint,
  { name, nth, index, page }: ForwardPlace & { name: string },
) {
  return `forward/${atNs}/${name}/${nth} at ${index} of ${page.firstIndex}-${page.lastIndex}`;
}

/** Those of the given seconds: of others no page can hold more than one page has. */
export function toldForwards(
  { nodeId, chain }: Pick<Teller, 'nodeId' | 'chain'>,
  known: Known | undefined,
  seconds: ReadonlySet<bigint>,
): ToldForwards {
  const pages: PageNumbers[] = [];
  const places = new Map<string, ForwardPlace[]>();
  if (known === undefined || seconds.size === 0) return { pages, places };
  const subject = { about: 'node', chain, nodeId, source: 'lnd-rpc' } as const;
  for (const { type, evidence, data } of known.facts(subject, ['ListRead', 'PaymentForwarded'])) {
    if (type === 'ListRead') {
      if (isOfForwards(data)) pages.push(data);
      continue;
    }
    const [, atNs, name = '', ...numbers] = EVIDENCE.exec(evidence) ?? [];
    if (atNs === undefined || !seconds.has(BigInt(atNs) / NS_PER_SECOND)) continue;
    const [nth = 0, index = 0, firstIndex = 0, lastIndex = 0] = numbers.map(Number);
    const alike = places.get(name) ?? [];
    alike.push({ nth, index, page: { firstIndex, lastIndex } });
    places.set(name, alike);
  }
  return { pages, places };
}

function isOfForwards(data: unknown): data is PageNumbers {
  return typeof data === 'object' && data !== null && 'list' in data && data.list === 'forwards';
}
