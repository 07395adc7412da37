/**
 * What keeps a condition's work small, whoever wrote it: nothing in it repeats but one walk through a list,
 * and what it reads is counted. Regular expressions are not among its functions: one of thirty characters
 * can take longer than anybody lives.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** Of a condition: so many nodes, so deep. A person's has some twenty. */
export const LIMITS = { maxAstNodes: 300, maxDepth: 50, maxListElements: 200, maxMapEntries: 50 };

/** Read by one state's condition: a list of 966 HTLCs, BOLT 2's most, is some 10,000 values. */
const MOST_OF_A_STATE = 200_000;
/** By all states together: some half a minute. */
const MOST_IN_SUM = 1_000_000_000;

/** Each takes no longer than what it is given is long. */
const FUNCTIONS = new Set([
  'size',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
  'int',
  'double',
  'string',
  'bool',
  'timestamp',
  'duration',
]);
/** They ask their second argument of every element of a list. */
const WALKS = new Set(['all', 'exists', 'exists_one', 'filter']);

/** Why a condition is refused; undefined where its work grows no faster than the state it is asked of. */
export function unboundedIn(node: ASTNode, isInWalk = false): string | undefined {
  const refusal = refusalOf(node, isInWalk);
  if (refusal !== undefined) return refusal;
  const ofEach = node.op === 'rcall' && WALKS.has(node.args[0]) ? node.args[2] : [];
  for (const child of childrenOf(node)) {
    const inner = unboundedIn(child, isInWalk || ofEach.includes(child));
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function refusalOf(node: ASTNode, isInWalk: boolean): string | undefined {
  if (node.op !== 'call' && node.op !== 'rcall') return undefined;
  const [name] = node.args;
  if (node.op === 'call' && name === 'has') return undefined;
  if (node.op === 'rcall' && WALKS.has(name)) {
    return isInWalk ? `"${name}" walks through a list inside of another walk` : undefined;
  }
  if (FUNCTIONS.has(name)) return undefined;
  const known = [...FUNCTIONS, 'has', ...WALKS].join(', ');
  return `"${name}" is no function here; there are ${known}`;
}

/** What it is made of; names and plain values have nothing inside. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** What a condition has read, and how much it still may. */
export class ReadCount {
  readonly #refused: (why: string) => Error;
  #ofState = 0;
  #inSum = 0;

  constructor(refused: (why: string) => Error) {
    this.#refused = refused;
  }

  nextState(): void {
    this.#ofState = 0;
  }

  /** Throws where it is too much. */
  add(values: number): void {
    this.#ofState += values;
    this.#inSum += values;
    if (this.#ofState > MOST_OF_A_STATE) {
      throw this.#refused('it reads too much of one state: name each list once, outside of walks');
    }
    if (this.#inSum > MOST_IN_SUM) {
      throw this.#refused('it reads too much of all these states together: ask of fewer of them');
    }
  }
}
