/** Whom a question is about: recording nodes by id, prefix or alias, and tellers by name. */
import type { LocalStore } from '../../store/event-store.ts';
import { type Query, QuestionError } from '../query.ts';
import { categories, parseStream } from '../streams.ts';
import type { AnswerContext } from './context.ts';
import { compareText } from './tellers.ts';

const MIN_PREFIX = 4;
const WHOLE_ID = /^0[23][0-9a-f]{64}$/;
const SHORT = 12;

/** For messages; whole where it is short already. */
export function shortNode(nodeId: string): string {
  return nodeId.length <= SHORT ? nodeId : `${nodeId.slice(0, SHORT)}…`;
}

/** What names are looked up in. */
interface NamesContext {
  readonly store: Pick<LocalStore, 'streamNames' | 'streamBodies'>;
}

/**
 * The question with its node's full id. Refuses nodes, tellers and positions that this ledger does not
 * have: each would seem to have an answer.
 */
export function asked<Q extends Query>(context: AnswerContext, query: Q): Q {
  const { nodeId, source, at } = query;
  if (at?.kind === 'position') refuseBeyondEnd(context, at.position);
  if (source !== undefined) refuseUnknownSource(context, source);
  return nodeId === undefined ? query : { ...query, nodeId: resolveNode(context, nodeId) };
}

/** The full id of a recorded node, from its own alias or from a beginning of either that fits no other. */
export function resolveNode(context: NamesContext, name: string): string {
  const alias = name.trim();
  const wanted = alias.toLowerCase();
  if (WHOLE_ID.test(wanted) && isRecorded(context, wanted)) return wanted;
  const aliases = nodeAliases(context);
  const isPrefix = wanted.length >= MIN_PREFIX;
  const byId = isPrefix ? recordedNodes(context, wanted) : [];
  const called = byId.length > 0 ? byId : aliased(aliases, (own) => own === alias);
  const beginsSo = (own: string) => own.toLowerCase().startsWith(wanted);
  const found = called.length > 0 || !isPrefix ? called : aliased(aliases, beginsSo);
  const [only, second] = found;
  if (second !== undefined) {
    const listed = namesOf(found, aliases).join(', ');
    throw new QuestionError(
      'wrong',
      `"${name}" names several nodes: write more of the id or alias of one of ${listed}`,
    );
  }
  if (only !== undefined) return only;
  const all = recordedNodes(context, '');
  if (!isPrefix && all.some((id) => id.startsWith(wanted) || beginsSo(aliases.get(id) ?? ''))) {
    throw new QuestionError(
      'wrong',
      `"${name}" is too short to name a node: give ${MIN_PREFIX} characters or more, or its alias`,
    );
  }
  const known = namesOf(all, aliases).join(', ') || 'none yet';
  throw new QuestionError(
    'unknown',
    `no node of this ledger is called "${name}": it records ${known}`,
  );
}

/** Found by the beginnings of names: programs ask by whole ids, and often. */
function isRecorded({ store }: NamesContext, nodeId: string): boolean {
  return (
    store.streamNames(`channel-${nodeId}.`).length > 0 ||
    store.streamNames(`peer-${nodeId}.`).length > 0 ||
    store.streamNames('node-').some((stream) => parseStream(stream)?.nodeId === nodeId)
  );
}

/** Ids are cut no shorter than it takes to tell these nodes apart. */
function namesOf(
  nodeIds: readonly string[],
  aliases: ReadonlyMap<string, string>,
): readonly string[] {
  const isShortEnough = new Set(nodeIds.map(shortNode)).size === nodeIds.length;
  return nodeIds.map((nodeId) => {
    const id = isShortEnough ? shortNode(nodeId) : nodeId;
    const alias = aliases.get(nodeId);
    return alias === undefined ? id : `${alias} (${id})`;
  });
}

/** Every recording node whose id begins so, in the order of their ids. */
export function recordedNodes({ store }: NamesContext, prefix: string): readonly string[] {
  const streams = [
    ...store.streamNames(`channel-${prefix}`),
    ...store.streamNames(`peer-${prefix}`),
    // Their names begin with the chain.
    ...store.streamNames('node-'),
  ];
  const nodes = new Set(streams.flatMap((stream) => parseStream(stream)?.nodeId ?? []));
  return [...nodes].filter((nodeId) => nodeId.startsWith(prefix)).sort(compareText);
}

/** Nodes whose own alias is one of these, in the order of their ids. */
function aliased(
  aliases: ReadonlyMap<string, string>,
  isMeant: (alias: string) => boolean,
): readonly string[] {
  const found = [...aliases].filter(([, own]) => isMeant(own));
  return found.map(([nodeId]) => nodeId).sort(compareText);
}

/** What each recorded node called itself when its recording last began. */
export function nodeAliases({ store }: NamesContext): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const stream of store.streamNames('node-')) {
    const nodeId = parseStream(stream)?.nodeId;
    if (nodeId === undefined) continue;
    for (const { data } of store.streamBodies(stream, { types: ['RecordingStarted'] })) {
      const started = JSON.parse(data) as { readonly alias?: string };
      if (started.alias !== undefined) aliases.set(nodeId, started.alias);
    }
  }
  return aliases;
}

function refuseBeyondEnd({ store }: AnswerContext, position: number): void {
  for (const _body of store.allBodies(Math.max(0, position - 1))) return;
  const newest = store.streamHeads('').reduce((last, head) => Math.max(last, head.position), 0);
  if (position <= newest) return;
  throw new QuestionError(
    'wrong',
    `there is no position ${position}: the newest event of this ledger has position ${newest}`,
  );
}

function refuseUnknownSource({ store }: AnswerContext, source: string): void {
  const sources = new Set<string>();
  for (const category of categories) {
    for (const stream of store.streamNames(`${category}-`)) {
      const teller = parseStream(stream)?.source;
      if (teller) sources.add(teller);
    }
  }
  if (sources.has(source)) return;
  const known = [...sources].sort(compareText).join(', ');
  throw new QuestionError(
    'unknown',
    `no source of this ledger is called "${source}": it has ${known === '' ? 'none yet' : known}`,
  );
}
