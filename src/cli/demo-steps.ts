/** What the demo is doing: a line for each step that is done, and a live one below in a terminal. */
import type { Cli } from './cli.ts';
import type { DemoStep, Progress } from './ledger-port.ts';
import { type ProgressBar, progressBar } from './progress.ts';

export interface StepDisplay {
  readonly onStep: (step: DemoStep) => void;
  readonly onProgress: Progress;
  /** The step that is running is done, and with it all. */
  readonly end: () => void;
  /** Takes away what is drawn of a step that came to nothing; harmless after `end`. */
  readonly abandon: () => void;
}

export function stepDisplay(cli: Pick<Cli, 'err'>): StepDisplay {
  const { err } = cli;
  const { glyphs, paint, text } = err.style;
  let running:
    | { readonly label: string; readonly since: number; readonly bar: ProgressBar }
    | undefined;
  const finish = () => {
    if (running === undefined) return;
    const { label, since, bar } = running;
    running = undefined;
    bar.end();
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    if (err.isTerminal) err.raw('\r\x1b[K');
    err.line(`${paint('green', glyphs.done)} ${label} ${paint('dim', `${seconds} s`)}`);
  };
  return {
    onStep({ title, number, count }) {
      finish();
      const place = `${String(number).padStart(String(count).length)}/${count}`;
      const label = `${place} ${text(title)}`;
      const bar = progressBar(cli, `${glyphs.running} ${label}`, 'done');
      running = { label, since: performance.now(), bar };
      if (err.isTerminal) err.raw(`${paint('yellow', glyphs.running)} ${label}`);
    },
    onProgress: (done, total) => running?.bar.update(done, total),
    end: finish,
    abandon() {
      if (running === undefined) return;
      running.bar.end();
      if (err.isTerminal) err.raw('\r\x1b[K');
      running = undefined;
    },
  };
}
