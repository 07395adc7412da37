/** How it stands now, for who watches a ledger: worked out in slices, and kept until something is recorded. */
import { channelProjection } from '../../projections/channel.ts';
import type { ChannelRow } from '../../projections/channel-row.ts';
import { isOpen, viewOf } from './answers/channels.ts';
import { companionsOf } from './answers/companions.ts';
import type { AnswerContext } from './answers/context.ts';
import { problemParts } from './answers/problems.ts';
import { groupedBy, present } from './answers/tellers.ts';
import { Slices } from './slices.ts';
import type { ChannelView, ProblemView } from './view-types.ts';

export type OpenChannel = Pick<
  ChannelView,
  'nodeId' | 'channelId' | 'peerId' | 'localBalanceMsat' | 'remoteBalanceMsat'
>;

export interface CurrentFigures {
  /** Channels that are not closed, in no order. */
  readonly open: readonly OpenChannel[];
  readonly closedCount: number;
  /** Problems by kind; a kind that is not there has none. */
  readonly problems: ReadonlyMap<ProblemView['kind'], number>;
}

interface Kept {
  readonly checkpoint: string | undefined;
  readonly figures: CurrentFigures;
}

/** Of one ledger. Who asks while the same is being worked out waits for that. */
export class CurrentFiguresOf {
  readonly #context: AnswerContext;
  readonly #foundBeside: () => readonly ProblemView[];
  #kept: Kept | undefined;
  #working: Promise<unknown> = Promise.resolve();

  /** `foundBeside`: problems that no event tells of. */
  constructor(context: AnswerContext, foundBeside: () => readonly ProblemView[]) {
    this.#context = context;
    this.#foundBeside = foundBeside;
  }

  /**
   * What is recorded meanwhile may be in it or not. Of 1,000 channels it takes some 60 ms, of which nobody waits
   * for more than a slice.
   */
  async ask(): Promise<CurrentFigures> {
    const answer = this.#working.then(() => this.#answer());
    this.#working = answer.catch(() => undefined);
    const { problems, ...figures } = await answer;
    return { ...figures, problems: counted(this.#foundBeside(), new Map(problems)) };
  }

  async #answer(): Promise<CurrentFigures> {
    const checkpoint = await this.#context.store.lastCheckpoint();
    if (this.#kept !== undefined && this.#kept.checkpoint === checkpoint) return this.#kept.figures;
    const figures = await workedOut(this.#context);
    this.#kept = { checkpoint, figures };
    return figures;
  }
}

async function workedOut(context: AnswerContext): Promise<CurrentFigures> {
  const slices = new Slices();
  const rows: ChannelRow[] = [];
  for (const stream of context.store.streamNames('channel-')) {
    const row = context.rows.one(channelProjection, stream)?.row;
    if (row !== undefined) rows.push(row);
    if (slices.isOver) await slices.rest();
  }
  const companions = companionsOf(context, {});
  const open: OpenChannel[] = [];
  let closedCount = 0;
  for (const tellers of groupedBy(rows, (row) => `${row.nodeId}.${row.channelId}`).values()) {
    const view = viewOf(tellers, companions);
    const { nodeId, channelId, peerId, localBalanceMsat, remoteBalanceMsat } = view;
    const balances = present({ peerId, localBalanceMsat, remoteBalanceMsat });
    if (isOpen(view)) open.push({ nodeId, channelId, ...balances });
    else closedCount += 1;
    if (slices.isOver) await slices.rest();
  }
  const problems: Counts = new Map();
  for (const part of problemParts(context, {}, rows)) {
    counted(part, problems);
    if (slices.isOver) await slices.rest();
  }
  return { open, closedCount, problems };
}

type Counts = Map<ProblemView['kind'], number>;

function counted(found: readonly ProblemView[], counts: Counts): Counts {
  for (const { kind, count } of found) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return counts;
}
