/** `import chain`: transactions and blocks as bitcoin-cli and lncli print them, of the ledger's channels. */
import { stat } from 'node:fs/promises';
import { nodeEvents } from '../../node/events.ts';
import type { ChannelObservation, NodeObservation } from '../../observation/observation.ts';
import { chainAsked } from '../asked.ts';
import {
  AskedError,
  type ImportContext,
  ImportError,
  type Importer,
  type ImportRun,
} from '../importer.ts';
import type { Known, KnownChannel } from '../known.ts';
import { Tally } from '../tally.ts';
import { readChainFile } from './chain-file.ts';
import { Found } from './found.ts';
import { CHAIN_SOURCE, toldBefore } from './told.ts';
import { channelFacts } from './translate.ts';

/** From the funding over its close and a second stage to the last claim; the blocks come after them. */
const MOST_PASSES = 4;

export const chainImporter: Importer = {
  async open(context: ImportContext): Promise<ImportRun> {
    const channels = [...(context.known?.channels() ?? [])];
    if (channels.length === 0) {
      throw new ImportError(
        'the ledger has no channel that these transactions could be about: import those of a node first',
      );
    }
    const chains = new Map(context.known?.nodes.map(({ nodeId, chain }) => [nodeId, chain]));
    const isUnsaid = channels.some(({ nodeId }) => chains.get(nodeId) === undefined);
    assertChain(context, [...chains.values()]);
    const said =
      isUnsaid || context.chain !== undefined ? chainAsked(context, NO_CHAIN) : undefined;
    const chainOf = ({ nodeId }: KnownChannel) => said ?? chains.get(nodeId) ?? '';
    let totalBytes = 0;
    for (const path of context.paths) {
      const about = await stat(path);
      if (!about.isFile()) throw new ImportError(`${path} is no file: it is read more than once`);
      totalBytes += about.size;
    }
    const tally = new Tally();
    sayWhatIsMissing(tally);
    return { observations: observe(context, { channels, chainOf, tally, totalBytes }), tally };
  },
};

/** Throws an AskedError for a chain of which no node of the ledger is. */
function assertChain({ chain }: ImportContext, known: readonly (string | undefined)[]): void {
  if (chain === undefined || known.includes(undefined) || known.includes(chain)) return;
  const all = [...new Set(known)].join(' and ');
  throw new AskedError(`the ledger's nodes are of ${all}, and --chain says ${chain}: leave it out`);
}

const NO_CHAIN = 'no record of the node names its chain';

interface Run {
  readonly channels: readonly KnownChannel[];
  readonly chainOf: (channel: KnownChannel) => string;
  readonly tally: Tally;
  readonly totalBytes: number;
}

async function* observe(
  context: ImportContext,
  run: Run,
): AsyncGenerator<ChannelObservation | NodeObservation, void, undefined> {
  const { tally, chainOf, channels } = run;
  const { known, nowNs } = context;
  const told = channels.map((channel) => {
    const chain = chainOf(channel);
    const before = toldBefore(known, channel, leftBlocks(known, channel, chain));
    return { channel, chain, before };
  });
  const toldBlocks = told.flatMap(({ before }) => [...before.all()].map((one) => one.blockHash));
  const found = await findAll(context, run, toldBlocks);
  if (context.signal.aborted) return;
  for (const { channel, chain, before } of told) {
    yield* channelFacts({ chain, before, nowNs, tally }, found, channel);
  }
}

/** Those that an earlier import told to be out of the chain. */
function leftBlocks(
  known: Known | undefined,
  { nodeId }: KnownChannel,
  chain: string,
): ReadonlySet<string> {
  const subject = { about: 'node', nodeId, chain, source: CHAIN_SOURCE } as const;
  const facts = known?.facts(subject, ['BlockDisconnected']) ?? [];
  return new Set(Iterator.from(facts).map(({ data }) => disconnected.decode(data).blockHash));
}

const disconnected = nodeEvents.BlockDisconnected.plainCodec;

/** Transactions in any order: each pass finds what spends those of the pass before. */
async function findAll(
  context: ImportContext,
  { channels, tally, totalBytes }: Run,
  toldBlocks: Iterable<string>,
): Promise<Found> {
  const found = new Found(channels, toldBlocks);
  const reading = new Reading(context, totalBytes);
  for (let pass = 1; pass <= MOST_PASSES; pass++) {
    const before = found.parents;
    for await (const record of reading.pass(pass === 1 ? tally : undefined)) {
      found.takeTransaction(record);
    }
    found.follow();
    if (found.parents === before) break;
  }
  for await (const record of reading.pass(undefined)) {
    found.takeBlock(record);
    if (record.kind !== 'transaction' || found.has(record.txid)) continue;
    const isInBlock = record.blockHash !== undefined;
    if (isInBlock) tally.unread('other transaction', 'no channel of the ledger is about it');
    else tally.unread('unconfirmed transaction', 'it is in no block');
  }
  return found;
}

class Reading {
  readonly #context: ImportContext;
  readonly #totalBytes: number;
  #bytes = 0;

  constructor(context: ImportContext, totalBytes: number) {
    this.#context = context;
    this.#totalBytes = totalBytes;
  }

  async *pass(tally: Tally | undefined) {
    const { paths, signal, onProgress } = this.#context;
    const onBytes = (bytes: number) => {
      this.#bytes += bytes;
      onProgress(this.#bytes, Math.max(this.#bytes, 3 * this.#totalBytes));
    };
    for (const path of paths) yield* readChainFile(path, { signal, onBytes, tally });
  }
}

function sayWhatIsMissing(tally: Tally): void {
  tally.cannotTell('HTLCs and payments off chain, and what the balances were');
  tally.cannotTell('who asked for a cooperative close, and whose its outputs are');
  tally.cannotTell(
    'what share of a fee belongs to each output that one transaction claims together',
  );
}
