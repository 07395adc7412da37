/**
 * What can be proved of some channels' streams, without the rest of what `verify` does: whose signatures
 * stand on commitments, HTLC transactions, closes, announcements and policies, and whether revealed
 * secrets and preimages are the right ones.
 */
import type { LocalStore } from '../../store/event-store.ts';
import type { KeyLookup } from '../sealing.ts';
import { withoutYoungGrowth } from '../young-generation.ts';
import { proofRules } from './channel-proof.ts';
import { Pace } from './pace.ts';
import { PointQueue } from './point-queue.ts';
import { ProofQueue } from './proof-queue.ts';
import type { ChannelProof, SignatureCounts } from './proof-report.ts';
import { ReplayPass, replayRules } from './replay.ts';
import { Findings } from './report.ts';

/** One kind of proof; of what could not be checked, `verify --signatures` says why. */
export interface Proved {
  readonly what: string;
  readonly valid: number;
  readonly bad: number;
  readonly notCheckable: number;
}

export interface ProvedStreams {
  readonly store: LocalStore;
  readonly keyring: KeyLookup;
  readonly streams: Iterable<string>;
  readonly signal?: AbortSignal | undefined;
}

/** Kinds of which there was nothing to prove are left out. Aborted, it ends with what it has. */
export async function proveStreams(options: ProvedStreams): Promise<readonly Proved[]> {
  const { store, keyring, streams, signal } = options;
  const findings = new Findings([...replayRules, ...proofRules]);
  const queue = new PointQueue(findings);
  const proofs = new ProofQueue();
  const pace = new Pace(0);
  const toPosition = Number((await store.lastCheckpoint()) ?? 0);
  const ports = { store, keys: keyring, findings, queue, proofs, pace, toPosition };
  const replay = new ReplayPass({ ...ports, isProving: true });
  try {
    return await withoutYoungGrowth(async () => {
      for (const stream of streams) {
        if (signal?.aborted) break;
        await replay.take(stream, undefined);
      }
      await Promise.all([queue.finish(), proofs.finish()]);
      return [...signatures(replay.channelProofs()), ...ruleCounts(findings)].filter(
        ({ valid, bad, notCheckable }) => valid + bad + notCheckable > 0,
      );
    });
  } finally {
    await Promise.all([queue.close(), proofs.close()]);
  }
}

function signatures(channels: readonly ChannelProof[]): readonly Proved[] {
  const sum = (value: (proof: ChannelProof) => number) =>
    channels.reduce((before, proof) => before + value(proof), 0);
  const of = (what: string, kind: keyof SignatureCounts, notCheckable: number): Proved => {
    return { what, valid: sum((p) => p.valid[kind]), bad: sum((p) => p.bad[kind]), notCheckable };
  };
  const states = sum(({ notCheckable }) => notCheckable.reduce((all, { count }) => all + count, 0));
  const closes = sum(({ closes: { known, checkedAsStored } }) => known - checkedAsStored);
  return [
    of('commitment signatures', 'commitments', states),
    of('HTLC signatures', 'htlcs', 0),
    of('close signatures', 'closes', closes),
  ];
}

const RULES: Readonly<Record<string, string>> = {
  'gossip-signatures': 'announcement and policy signatures',
  'secret-matches-point': 'revealed secrets',
  'preimage-matches-hash': 'preimages',
};

function ruleCounts(findings: Findings): readonly Proved[] {
  return findings.rules().flatMap(({ rule, checked, broken, notCheckable }) => {
    const what = RULES[rule];
    if (what === undefined) return [];
    const unknown = notCheckable.reduce((all, { count }) => all + count, 0);
    return [{ what, valid: checked - broken, bad: broken, notCheckable: unknown }];
  });
}
