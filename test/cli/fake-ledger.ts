/** A ledger of hand-made answers: what a command prints is tested without recording anything. */
import type { Ledger, Ledgers } from '../../src/cli/ledger-port.ts';
import { resolveNode } from '../../src/ledger/answers/nodes.ts';
import { QuestionError } from '../../src/ledger/query.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import {
  alice,
  balances,
  closedChannel,
  feeChange,
  forward,
  historyEntry,
  newChannel,
  openChannel,
  peers,
  problem,
  wantedViews,
} from './views.ts';

const EXPORT_LINES = 200_000;
const purged = {
  channelId: openChannel.channelId,
  destroyedKeys: 1,
  releasedFromQuarantine: 2,
  remains: ['earlier backups'],
};
const noBooks: Pick<Ledger, 'accounting' | 'rebalanceFees'> = {
  accounting: () => ({ entries: [], maybeEntries: [], balanceSheets: [], unknownAmounts: [] }),
  rebalanceFees: () => ({ of: () => 0n, isAtLeast: () => false }),
};

async function* exportLines(): AsyncGenerator<string> {
  for (let line = 0; line < EXPORT_LINES; line += 1) yield `{"line":${line},"text":"\u009b31m"}`;
}

const noDossier: Awaited<ReturnType<Ledger['forensics']['why']>> = {
  nodeId: alice,
  channelId: closedChannel.channelId,
  verdict: { cause: 'unknown', by: 'unknown', basis: 'unknown', events: [] },
  beganAt: '2026-01-01T00:00:00.000000000Z',
  sections: [],
};

const forensics: Ledger['forensics'] = {
  why: async () => noDossier,
  diff: async () => [],
  bisect: async () => ({ lookedAtEvery: true, asked: 0, states: 0 }),
  connections: () => [],
  recordings: () => [],
  origin() {
    throw new Error('no command asks where a number comes from');
  },
  step: () => {
    throw new Error('the fake ledger has no states');
  },
  async *replay() {
    yield* [];
  },
};

const figures: Ledger['figures'] = {
  cache: () => ({ rows: 0, bytes: 0, waiting: 0 }),
  current: async () => ({ open: [], closedCount: 0, problems: new Map() }),
};

export async function fakeLedger(path: string, changes: Partial<Ledger> = {}): Promise<Ledger> {
  const store = new MemoryStore();
  const event = {
    id: '00000000-0000-8000-8000-000000000004',
    type: 'PeerRenamed',
    data: '{"alias":"\u009b31m"}',
    metadata: '{}',
    columns: {
      happenedAtNs: 0n,
      recordedAtNs: 0n,
      amount1: null,
      amount2: null,
      isMarked: false,
    },
  };
  await store.append(`peer-${alice}.${openChannel.peerId}.ldk`, [event], { expectedRevision: -1 });
  const known = [openChannel, newChannel, closedChannel];
  return {
    path,
    store,
    record: async () => ({ observations: 3, events: 4, known: 0, quarantined: 0 }),
    secretChecks: () => ({ checked: 2, notCheckable: 0, broken: 0, unchecked: 0 }),
    beginRecording: async () => ({ gaps: 0, stop: async () => undefined }),
    nodeId: (name) => resolveNode({ store }, name),
    channels: () => [openChannel, newChannel],
    closed: () => [closedChannel],
    channel(name) {
      const found = known.find((one) => one.shortChannelId === name || one.channelId === name);
      if (found === undefined) throw new QuestionError('unknown', `there is no channel ${name}`);
      return found;
    },
    peers: () => peers,
    history: () => [historyEntry],
    fees: () => [feeChange],
    forwards: () => [forward],
    forwardSums: (by) => [
      {
        by: by === 'day' ? '2026-03-14' : by === 'peer' ? alice : openChannel.channelId,
        forwardedCount: 1,
        failedCount: 0,
        amountInMsat: 101_500n,
        amountOutMsat: 100_000n,
        feeMsat: 1_500n,
      },
    ],
    balances: () => balances,
    ...noBooks,
    problems: () => [problem],
    wanted: () => wantedViews,
    forensics,
    retryProblems: async () => ({ released: 2, remaining: 1 }),
    rebuild: async () => ({ events: 1000, rows: 12, seconds: 0.5 }),
    prove: async () => [],
    verify: async () => ({
      isSound: true,
      head: 'ab'.repeat(32),
      events: 1000,
      streams: 12,
      rules: [{ rule: 'digest', checked: 1000, broken: 0, notCheckable: [] }],
      broken: [],
    }),
    figures,
    stats: async () => ({
      head: 'ab'.repeat(32),
      events: 1000,
      bytesPerEvent: 412.5,
      eventsByType: [{ type: 'HtlcAdded', count: 700 }],
      cache: { hits: 10, misses: 1 },
    }),
    exportNdjson: exportLines,
    importNdjson: async (lines) => {
      let count = 0;
      for await (const _line of lines) count += 1;
      const rest = { known: 0, keys: 0, diverged: [], isComplete: true };
      return { lines: count, appended: count, ...rest };
    },
    purge: async () => purged,
    close: () => store.close(),
    ...changes,
  };
}

export const fakeLedgers: Ledgers = {
  openLedger: (path) => fakeLedger(path),
  wipeLedger: async (path) => [path, `${path}.key`],
  copyLedger: async () => {
    throw new Error('there is nothing to copy');
  },
  replicateLedger: async () => {
    throw new Error('there is no cluster');
  },
};
