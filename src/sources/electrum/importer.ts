/**
 * `import electrum`: an Electrum wallet file, its channels and payments from their first commitment on.
 * It is read whole, as Electrum reads it, from a copy.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { chainAsked } from '../asked.ts';
import { copyOfFile } from '../file-copy.ts';
import {
  AskedError,
  type ImportContext,
  ImportError,
  type Importer,
  type ImportRun,
  OptionMissing,
} from '../importer.ts';
import { Tally } from '../tally.ts';
import { channelFacts, type ToldFacts } from './channel-facts.ts';
import { type ChannelTerms, termsOf } from './channel-terms.ts';
import { type CommitmentSource, checkSecrets, secretsOf } from './commitments.ts';
import { nodeIdOfXprv } from './node-key.ts';
import { type Part, paymentFacts } from './payments.ts';
import { chainOfUpdate, policyFacts } from './policies.ts';
import { at, type Passed, type Replayed, replay } from './replay.ts';
import { channelTold, type Wallet } from './told.ts';
import { blockOf } from './transactions.ts';
import { LogError, type UpdateLog, updateLogOf } from './update-log.ts';
import { channelOf, type WalletChannel } from './wallet-schema.ts';
import { isRecord, readWallet, type WalletText } from './wallet-text.ts';

export const electrumImporter: Importer = { open };

interface OpenedWallet {
  readonly name: string;
  readonly text: WalletText;
}

const PAUSE_EVERY = 128;

async function open(context: ImportContext): Promise<ImportRun> {
  const tally = new Tally();
  const wallets: OpenedWallet[] = [];
  const { paths } = context;
  if (paths.length === 0) throw new ImportError('no wallet file is named');
  for (const [nth, path] of paths.entries()) {
    const into = join(context.workDirectory, String(nth));
    await mkdir(into, { recursive: true });
    const { signal, onProgress } = context;
    const copy = await copyOfFile(path, { into, signal, onProgress });
    wallets.push({ name: basename(path), text: await readWallet(copy, path) });
  }
  return { observations: observationsOf(wallets, context, tally), tally };
}

/** Whose wallet a file is: read and closed again. */
export async function walletIn(path: string, context: ImportContext): Promise<Wallet> {
  const { signal, workDirectory } = context;
  const copy = await copyOfFile(path, { into: workDirectory, signal });
  const replayed = replay(await readWallet(copy, path), new Tally(), basename(path));
  return walletOf(replayed, context, basename(path));
}

async function* observationsOf(
  wallets: readonly OpenedWallet[],
  context: ImportContext,
  tally: Tally,
): AsyncGenerator<Observation> {
  sayWhatIsMissing(tally);
  for (const { name, text } of wallets) {
    const replayed = replay(text, tally, name);
    const wallet = walletOf(replayed, context, name);
    tally.read('wallets');
    countUnread(replayed.wallet, tally);
    const parts: Part[] = [];
    for (const read of channelsOf(replayed, tally, name)) {
      let count = 0;
      for (const observation of factsOf(read, { wallet, tally, name, parts })) {
        // So that Ctrl-C is heard: making points takes long.
        if (count++ % PAUSE_EVERY === 0) await setImmediate();
        if (context.signal.aborted) return;
        yield observation;
      }
    }
    for (const observation of paymentFacts(wallet, replayed.wallet, parts)) {
      if (context.signal.aborted) return;
      tally.read('payments');
      yield observation;
    }
  }
}

function walletOf({ wallet, passed }: Replayed, context: ImportContext, name: string): Wallet {
  const own = nodeIdOfXprv(wallet.lightning_xprv);
  const nodeId: NodeId | undefined = own ?? context.nodeId;
  if (nodeId === undefined) {
    throw new OptionMissing(
      `${name} does not hold its node's key: name the node with --node <key>`,
    );
  }
  if (context.nodeId !== undefined && context.nodeId !== nodeId) {
    throw new AskedError(
      `${name} is the wallet of node ${nodeId}, and --node says ${context.nodeId}`,
    );
  }
  const told = new Set(
    [...passed.values()].flatMap(({ remoteUpdates }) => {
      return [...remoteUpdates].flatMap((raw) => chainOfUpdate(raw) ?? []);
    }),
  );
  const [first] = told;
  const chain = first ?? chainAsked(context, `${name} does not name its chain`, nodeId);
  if (told.size > 1 || (context.chain !== undefined && context.chain !== chain)) {
    const all = [...new Set([...told, context.chain ?? chain])].join(' and ');
    throw new AskedError(`${name} and what was said of it name two chains: ${all}`);
  }
  return { nodeId, chain, nowNs: context.nowNs };
}

interface ReadChannel extends CommitmentSource {
  readonly channel: WalletChannel;
  readonly terms: ChannelTerms;
  readonly log: UpdateLog;
  readonly records: Record<string, unknown>;
}

/** In the order of their ids; one that is none is named and passed over. */
function* channelsOf(
  { wallet, passed }: Replayed,
  tally: Tally,
  name: string,
): Generator<ReadChannel> {
  const channels = isRecord(wallet.channels) ? wallet.channels : {};
  for (const id of Object.keys(channels).sort()) {
    const read = readChannel(id, channels[id], wallet, passed.get(id));
    if (typeof read === 'string') tally.bad(`${name}, ${placeOf(id)}`, read);
    else {
      tally.read('channels');
      tally.read('HTLCs', read.log.htlcs.length);
      checkSecrets(read.secrets, passed.get(id), tally, `${name}, ${placeOf(id)}`);
      yield read;
    }
  }
}

const placeOf = (id: string) =>
  /^[0-9a-f]{64}$/.test(id) ? `channel ${id}` : 'a channel without an id';

function readChannel(
  id: string,
  value: unknown,
  records: Record<string, unknown>,
  passed: Passed | undefined,
): ReadChannel | string {
  try {
    const channel = channelOf(value);
    if (typeof channel === 'string') return channel;
    if (channel.channel_id !== id) return 'it stands under another id';
    const terms = termsOf(channel);
    if (typeof terms === 'string') return terms;
    const log = updateLogOf(channel);
    if (typeof log === 'string') return log;
    const secrets = secretsOf(channel, passed);
    if (typeof secrets === 'string') return secrets;
    const preimageOf = (hash: string) => {
      const preimage = at(records, ['lightning_preimages', hash]);
      return typeof preimage === 'string' && /^[0-9a-f]{64}$/.test(preimage) ? preimage : undefined;
    };
    return { channel, terms, log, secrets, passed, preimageOf, records };
  } catch {
    // What the parsers of keys and secrets refuse, whose messages are not for everyone.
    return 'one of its keys, ids or secrets is none';
  }
}

interface WalletReading {
  readonly wallet: Wallet;
  readonly tally: Tally;
  readonly name: string;
  /** Gets every HTLC of the channel, once all of its facts are told. */
  readonly parts: Part[];
}

/** In the order of their times, each made when it is pulled. */
function* factsOf(read: ReadChannel, reading: WalletReading): Generator<Observation> {
  const { channelId } = read.terms;
  const endedByNs = yield* timedFactsOf(read, reading);
  for (const htlc of read.log.htlcs) {
    const byNs = endedByNs?.get(htlc);
    reading.parts.push({ ...htlc, channelId, ...(byNs !== undefined && { endedByNs: byNs }) });
  }
}

/** Returns by when each HTLC had ended. */
function* timedFactsOf(
  read: ReadChannel,
  { wallet, tally, name }: WalletReading,
): Generator<Observation, ToldFacts['endedByNs'] | undefined> {
  const { terms, records, passed } = read;
  let told: ToldFacts | undefined;
  try {
    told = channelFacts({ ...read, wallet, tally });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    tally.bad(`${name}, ${placeOf(terms.channelId)}`, error.message);
    return undefined;
  }
  if (told === undefined) return undefined;
  const fundingNs = blockOf(records, terms.fundingTxid)?.timeNs ?? 0n;
  const updates = passed?.remoteUpdates ?? [];
  const policies = policyFacts(wallet, terms, updates, fundingNs, tally).sort(byTime);
  for (const { when, place, fact } of told.facts) {
    while ((policies[0]?.happenedAtNs ?? when.happenedAtNs) < when.happenedAtNs) {
      yield* policies.splice(0, 1);
    }
    yield channelTold(wallet, told.about, when, place, fact());
  }
  yield* policies;
  return told.endedByNs;
}

function byTime(a: Observation, b: Observation): number {
  return a.happenedAtNs < b.happenedAtNs ? -1 : a.happenedAtNs > b.happenedAtNs ? 1 : 0;
}

function countUnread(wallet: Record<string, unknown>, tally: Tally): void {
  const kinds = {
    imported_channel_backups: 'a backup names its channel and none of its states',
    onchain_channel_backups: 'a backup names its channel and none of its states',
    submarine_swaps: 'a swap is outside of a channel ledger but for its payment',
  };
  for (const [kind, why] of Object.entries(kinds)) {
    const count = Object.keys(isRecord(wallet[kind]) ? wallet[kind] : {}).length;
    if (count > 0) tally.unread(kind, why, count);
  }
}

function sayWhatIsMissing(tally: Tally): void {
  for (const sentence of [
    'when a commitment was signed, an HTLC ended or the funding was signed: only offers of HTLCs and blocks have a time; the others stand right behind the newest time before them, with their bounds',
    "the peer's signatures on commitments that were overwritten before the wallet was copied: a wallet keeps the newest, its journal the ones since",
    'our own signatures, our fee policy, when the peer was connected, who asked for a close, and why a payment failed',
    'whether a forward was claimed on chain',
  ]) {
    tally.cannotTell(sentence);
  }
}
