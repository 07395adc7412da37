/** How far long work is, on stderr and only for somebody who watches it in a terminal. */
import type { Cli } from './cli.ts';
import { count } from './format.ts';
import { clip } from './terminal-text.ts';

const REDRAW_MS = 100;
const BAR_CELLS = 24;

export interface ProgressBar {
  /** Cheap enough for every event; `total` may become known later. */
  update(done: number, total?: number): void;
  /** Takes the bar away, so that what follows stands alone. */
  end(): void;
}

/** Nothing is drawn at a pipe: a log file full of bars helps nobody. */
function progressBar({ err }: Pick<Cli, 'err'>, title: string, unit: string): ProgressBar {
  if (!err.isTerminal) return { update: () => undefined, end: () => undefined };
  const startedAt = performance.now();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    update(done, total) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      isDrawn = true;
      const rate = Math.round((done * 1000) / Math.max(1, now - startedAt));
      const bar = total === undefined ? '' : ` ${barText(done, total, err.style.glyphs)}`;
      const of = total === undefined ? '' : ` of ${count(total)}`;
      const text = `${title}${bar} ${count(done)}${of} ${unit}, ${count(rate)}/s`;
      err.raw(`\r${clip(text, (err.columns ?? 80) - 1, '')}\x1b[K`);
    },
    end() {
      if (isDrawn) err.raw('\r\x1b[K');
      isDrawn = false;
    },
  };
}

function barText(
  done: number,
  total: number,
  glyphs: { leftEighths: readonly string[]; emptyCell: string },
): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * BAR_CELLS);
  return (glyphs.leftEighths[8] ?? '#').repeat(full) + glyphs.emptyCell.repeat(BAR_CELLS - full);
}

/** Long work with a bar over it, which is gone whatever happens. */
export async function withProgress<T>(
  cli: Pick<Cli, 'err'>,
  title: string,
  unit: string,
  work: (update: (done: number, total?: number) => void) => Promise<T>,
): Promise<T> {
  const bar = progressBar(cli, title, unit);
  try {
    return await work(bar.update);
  } finally {
    bar.end();
  }
}
