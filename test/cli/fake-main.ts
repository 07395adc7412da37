/** The command as a process of its own, on the fake ledger: for signals, pipes and exit codes. */
import { Readable } from 'node:stream';
import { SourceError } from '../../src/cli/errors.ts';
import { runProcess } from '../../src/cli/process.ts';
import type { LiveRun } from '../../src/sources/live-source.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { fakeLedgers } from './fake-ledger.ts';
import { alice } from './views.ts';

/** The first node's recording begins, and then the source breaks. */
function brokenAfterOne(): LiveRun['nodes'] {
  const node = { chain: 'regtest', nodeId: alice, source: 'clock' };
  return new Proxy([node, node], {
    get(nodes, name) {
      if (name === '1') throw new Error('it broke');
      return Reflect.get(nodes, name);
    },
  });
}

await runProcess({
  ledgers: async () => fakeLedgers,
  demoNetwork: async () => ({
    async prepare() {
      if (process.env.NO_NODES) throw new SourceError('lightningdevkit is not installed');
    },
    async recordDemo(_ledger, { onStep, onProgress, signal }) {
      onStep({ title: 'opening channels', number: 1, count: 2 });
      onProgress(1, 2);
      if (process.env.FULL_DISK) throw new StoreError('the disk is full');
      onStep({ title: 'payments', number: 2, count: 2 });
      if (process.env.SLOW_DEMO) {
        const alive = setInterval(() => undefined, 1000);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        clearInterval(alive);
      }
      return { observations: 3, events: 4, known: 0, quarantined: 0 };
    },
  }),
  importers: [],
  liveSources: [
    {
      name: 'absent',
      summary: 'is not installed',
      options: [],
      load: async () => ({
        async prepare() {
          throw new Error('the package absent is not installed');
        },
        start: () => Promise.reject(new Error('started all the same')),
      }),
    },
    {
      name: 'clock',
      summary: 'ticks',
      options: [
        { flags: '--fail', description: 'fail at once' },
        { flags: '--fail-later', description: 'fail when it has begun' },
      ],
      load: async () => ({
        async start({ options, log }) {
          log.info({ ticks: 1 }, 'starting');
          if (options.fail) throw new Error('no clock');
          if (options.failLater)
            return { nodes: brokenAfterOne(), observations: Readable.from([]) };
          return { nodes: [], observations: Readable.from([]) };
        },
      }),
    },
  ],
});
