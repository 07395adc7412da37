/**
 * Recomputes everything a ledger claims: its engine's own check, every digest, every stream against
 * every invariant, every kept row, every secret and signature. Memory is bounded by the number of
 * streams and one stream's order, and other work goes on meanwhile.
 */
import type { RowBase } from '../../../projections/projection.ts';
import { type LocalStore, StoreError } from '../../store/event-store.ts';
import { sumRules } from '../answers/stated-sums.ts';
import type { KeyLookup } from '../sealing.ts';
import type { View } from '../view.ts';
import { withoutYoungGrowth } from '../young-generation.ts';
import { BytesPass, byteRules } from './bytes.ts';
import { proofRules } from './channel-proof.ts';
import { type CheckedStore, engineProblems } from './engine-check.ts';
import { KeptRowsPass, rowRules } from './kept-rows.ts';
import { checkMirrors, mirrorRules } from './mirror.ts';
import { Pace, type Progress } from './pace.ts';
import { PointQueue } from './point-queue.ts';
import { ProofQueue } from './proof-queue.ts';
import type { ChannelProof } from './proof-report.ts';
import { ReplayPass, replayRules } from './replay.ts';
import { type BrokenPlace, Findings, type RuleReport, wholeLedger } from './report.ts';
import { checkSums } from './sums.ts';

const ENGINE_RULE = 'engine-integrity';
const HEAD_RULE = 'head-is-the-given';

export interface VerifyReport {
  readonly isSound: boolean;
  /** Hex: the head recomputed from what was read. */
  readonly head: string;
  readonly events: number;
  readonly streams: number;
  readonly rules: readonly RuleReport[];
  /** In the order of the record: the first is where to look. */
  readonly broken: readonly BrokenPlace[];
  /** Channel by channel, where signatures were asked for. */
  readonly channels?: readonly ChannelProof[];
}

export interface VerifyOptions {
  readonly store: LocalStore;
  /** The ledger's file, where it has one: a large one is looked at by a thread too. */
  readonly path?: string | undefined;
  readonly keyring: KeyLookup;
  /** Those whose rows and snapshots are compared with rebuilt ones. */
  readonly views?: readonly View<RowBase>[];
  /** The head that was noted down earlier or elsewhere, in hex. */
  readonly head?: string | undefined;
  /** Rebuild every commitment, and check who signed it, its HTLC transactions and the closes. */
  readonly signatures?: boolean | undefined;
  readonly onProgress?: Progress | undefined;
}

export async function verifyLedger(options: VerifyOptions): Promise<VerifyReport> {
  const claimRules = [...replayRules, ...sumRules, ...mirrorRules];
  const rules = [ENGINE_RULE, HEAD_RULE, ...byteRules, ...claimRules, ...rowRules];
  const findings = new Findings(options.signatures ? [...rules, ...proofRules] : rules);
  const queue = new PointQueue(findings);
  const proofs = new ProofQueue();
  try {
    return await withoutYoungGrowth(() => run(options, findings, queue, proofs));
  } finally {
    await Promise.all([queue.close(), proofs.close()]);
  }
}

async function run(
  options: VerifyOptions,
  findings: Findings,
  queue: PointQueue,
  proofs: ProofQueue,
): Promise<VerifyReport> {
  const { store, path, keyring, views = [], head, signatures = false } = options;
  const toPosition = Number((await store.lastCheckpoint()) ?? 0);
  const pace = new Pace((views.length > 0 ? 3 : 2) * toPosition, options.onProgress);
  // Of a small ledger it is one call that nothing can interrupt: whoever waits is told before it.
  await pace.rest();
  await checkEngine({ store, path, events: toPosition }, findings);
  await pace.rest();
  const bytes = new BytesPass(findings);
  await readBytes(store, bytes, findings, pace, toPosition);
  const streams = [...bytes.streamNames()].sort();
  checkStreamNames(store, bytes, findings);
  const recomputed = Buffer.from(bytes.head()).toString('hex');
  if (head !== undefined) {
    const isGiven = head.toLowerCase() === recomputed;
    const problem = isGiven ? undefined : `the head is ${recomputed}, not ${head}`;
    findings.judge(HEAD_RULE, wholeLedger, problem);
  }
  const replay = new ReplayPass({
    store,
    keys: keyring,
    findings,
    queue,
    proofs,
    isProving: signatures,
    pace,
    toPosition,
  });
  for (const stream of streams) await replay.take(stream, bytes.unreadable.get(stream));
  await Promise.all([queue.finish(), proofs.finish()]);
  await checkSums(replay.statingSums, { store, findings, pace, toPosition });
  await checkMirrors(streams, { store, findings, pace, toPosition });
  const kept = new KeptRowsPass({ store, findings, pace });
  for (const view of views) {
    for (const stream of streams) {
      if (!stream.startsWith(`${view.category}-`)) continue;
      await kept.take(view, stream, bytes.unreadable.get(stream));
    }
  }
  pace.finish();
  return {
    isSound: findings.isSound,
    head: recomputed,
    events: bytes.events,
    streams: streams.length,
    rules: findings.rules(),
    broken: findings.brokenPlaces(),
    ...(signatures && { channels: replay.channelProofs() }),
  };
}

async function checkEngine(checked: CheckedStore, findings: Findings): Promise<void> {
  const problems = await engineProblems(checked).catch(sentenceOf);
  if (problems.length === 0) findings.kept(ENGINE_RULE);
  for (const problem of problems) findings.broken(ENGINE_RULE, wholeLedger, problem);
}

function problemsOf(check: () => readonly string[]): readonly string[] {
  try {
    return check();
  } catch (cause) {
    return sentenceOf(cause);
  }
}

function sentenceOf(cause: unknown): readonly string[] {
  if (!(cause instanceof StoreError)) throw cause;
  return [cause.message];
}

async function readBytes(
  store: LocalStore,
  bytes: BytesPass,
  findings: Findings,
  pace: Pace,
  toPosition: number,
): Promise<void> {
  try {
    for (const event of store.exactEvents()) {
      if (event.position > toPosition || !bytes.take(event)) break;
      if (pace.step()) await pace.rest();
    }
    bytes.finish(toPosition);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    findings.broken(ENGINE_RULE, wholeLedger, cause.message);
  }
}

/** A stream whose events are gone leaves its name behind. */
function checkStreamNames(store: LocalStore, bytes: BytesPass, findings: Findings): void {
  const read = bytes.streamNames();
  const problems = problemsOf(() =>
    store.streamNames('').flatMap((name) => {
      const isEmpty = !read.has(name) && store.streamHead(name) === undefined;
      return isEmpty ? [`${JSON.stringify(name)} has no events`] : [];
    }),
  );
  for (const problem of problems) findings.broken('revision-follows', wholeLedger, problem);
}
