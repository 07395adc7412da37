/** The command as a process of its own, on the fake ledger: for signals, pipes and exit codes. */
import { Readable } from 'node:stream';
import { SourceError } from '../../src/cli/errors.ts';
import { runProcess } from '../../src/cli/process.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { fakeLedgers } from './fake-ledger.ts';

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
      options: [{ flags: '--fail', description: 'fail at once' }],
      load: async () => ({
        async start({ options, log }) {
          log.info({ ticks: 1 }, 'starting');
          if (options.fail) throw new Error('no clock');
          return { nodes: [], observations: Readable.from([]) };
        },
      }),
    },
  ],
});
