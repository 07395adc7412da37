/** `record gossip`: a gossip_store followed while lightningd writes it. It is read, and never locked. */
import { chainOfHash } from '../../lightning/chain-hash.ts';
import {
  CHANNEL_ANNOUNCEMENT,
  CHANNEL_UPDATE,
  parseChannelAnnouncement,
  parseChannelUpdate,
} from '../../lightning/gossip.ts';
import { Chain, NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { OptionMissing } from '../importer.ts';
import type { LiveContext, LiveRun, LiveSource, Log } from '../live-source.ts';
import { Tally } from '../tally.ts';
import { checkedRecords } from './checked.ts';
import { assertGossipStore, readStore } from './store-file.ts';
import type { StoreRecord } from './store-records.ts';
import { GOSSIP_SOURCE, GossipTranslator } from './translate.ts';

const NS_PER_MS = 1_000_000n;

export const gossipSource: LiveSource = {
  async start({ signal, options, log }: LiveContext): Promise<LiveRun> {
    const { file, node: named } = options;
    if (file === undefined) throw new OptionMissing('name the store with --file PATH');
    if (named === undefined) {
      throw new OptionMissing(
        'a gossip_store does not name the node that hears it: say it with --node ID (66 hex digits, as getinfo prints it)',
      );
    }
    const nodeId = NodeId(named, '--node');
    await assertGossipStore(file);
    const said = options.chain === undefined ? undefined : Chain(options.chain, '--chain');
    const chain = said ?? (await chainIn(file, signal));
    if (chain === undefined) {
      throw new OptionMissing(
        `${file} holds no message yet that names its chain: say it with --chain NAME`,
      );
    }
    const told = { nodeId, chain, nowNs: () => BigInt(Date.now()) * NS_PER_MS };
    return {
      nodes: [{ chain, nodeId, source: GOSSIP_SOURCE }],
      observations: follow(file, signal, told, log),
    };
  },
};

async function* follow(
  file: string,
  signal: AbortSignal,
  told: { readonly nodeId: NodeId; readonly chain: string; readonly nowNs: () => bigint },
  log: Log,
): AsyncGenerator<Observation, void, undefined> {
  const tally = new Tally();
  const translator = new GossipTranslator({ ...told, tally });
  let bad = 0;
  const options = { signal, isFollowed: true, onProgress: () => undefined };
  yield* checkedRecords(readStore(file, options), translator, () => {
    const { count, named } = tally.badRecords();
    const { place = '', reason = '' } = named.at(-1) ?? {};
    if (count > bad) log.warn({ bad: count, place, reason }, 'bad records');
    bad = count;
  });
}

/** Of the first message that names a chain somebody knows. */
async function chainIn(file: string, signal: AbortSignal): Promise<string | undefined> {
  const options = { signal, isFollowed: false, onProgress: () => undefined };
  for await (const read of readStore(file, options)) {
    const chain = read.kind === 'record' ? chainOf(read.record) : undefined;
    if (chain !== undefined) return chain;
  }
  return undefined;
}

function chainOf({ isSound, type, message }: StoreRecord): string | undefined {
  const parse =
    type === CHANNEL_ANNOUNCEMENT
      ? parseChannelAnnouncement
      : type === CHANNEL_UPDATE
        ? parseChannelUpdate
        : undefined;
  if (!isSound || parse === undefined) return undefined;
  try {
    return chainOfHash(parse(message).chainHash);
  } catch {
    // It is no such message, and is named as a bad record once it is recorded.
    return undefined;
  }
}
