/** The command as a process of its own, on the fake ledger: for signals, pipes and exit codes. */
import { Readable } from 'node:stream';
import { runProcess } from '../../src/cli/process.ts';
import { fakeLedgers } from './fake-ledger.ts';

await runProcess({
  ledgers: async () => fakeLedgers,
  demoNetwork: async () => ({
    async recordDemo(_ledger, { onStep, onProgress, signal }) {
      onStep({ title: 'opening channels', number: 1, count: 2 });
      onProgress(1, 2);
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
