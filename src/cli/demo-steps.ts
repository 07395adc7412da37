/** What the demo is doing: a line for each step that is done, and a live one below in a terminal. */
import type { Cli } from './cli.ts';
import { count as counted } from './format.ts';
import type { DemoStep, Progress } from './ledger-port.ts';
import { clip } from './terminal-text.ts';

export interface StepDisplay {
  readonly onStep: (step: DemoStep) => void;
  /** How many observations the whole run has told so far. */
  readonly onProgress: Progress;
  /** The step that is running is done, and with it all. */
  readonly end: () => void;
  /** Takes away what is drawn of a step that came to nothing; harmless after `end`. */
  readonly abandon: () => void;
}

const REDRAW_MS = 100;

export function stepDisplay({ err }: Pick<Cli, 'err'>): StepDisplay {
  const { glyphs, paint, text } = err.style;
  let running: { readonly label: string; readonly since: number } | undefined;
  let drawnAt = 0;
  const draw = (line: string) => {
    if (err.isTerminal) err.raw(`\r${line}\x1b[K`);
  };
  const finish = () => {
    if (running === undefined) return;
    const { label, since } = running;
    running = undefined;
    draw('');
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    err.line(`${paint('green', glyphs.done)} ${label} ${paint('dim', `${seconds} s`)}`);
  };
  return {
    onStep({ title, number, count }) {
      finish();
      const place = `${String(number).padStart(String(count).length)}/${count}`;
      running = { label: `${place} ${text(title)}`, since: performance.now() };
      draw(`${paint('yellow', glyphs.running)} ${running.label}`);
    },
    onProgress(done) {
      if (running === undefined || performance.now() - drawnAt < REDRAW_MS) return;
      drawnAt = performance.now();
      const line = `${glyphs.running} ${running.label}, ${counted(done)} observations`;
      draw(clip(line, (err.columns ?? 80) - 1, ''));
    },
    end: finish,
    abandon() {
      if (running !== undefined) draw('');
      running = undefined;
    },
  };
}
