/** Other processes for the stores' tests, and what they acknowledged before they ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import type { LocalStore } from '../../src/store/event-store.ts';

const CHILD_WRITER = fileURLToPath(new URL('./child-writer.ts', import.meta.url));

export interface WriterOptions {
  readonly path: string;
  readonly name: string;
  readonly eventsPerAppend: number;
  readonly appends: number;
  readonly atOnce: number;
  /** Every lane on the main thread, whose commits can be counted; else every other one goes aside. */
  readonly isAlone?: boolean;
  /** A command that runs the writer, `strace` say. */
  readonly under?: readonly string[];
}

export interface WriterProcess {
  readonly child: ChildProcess;
  /** The lines so far, complete ones only. */
  lines(): readonly string[];
  /** Resolves when that many lines came or the process ended. */
  heard(count: number): Promise<void>;
  ended(): Promise<number | null>;
}

export function startWriter(options: WriterOptions): WriterProcess {
  const { path, name, eventsPerAppend, appends, atOnce, under = [] } = options;
  const way = options.isAlone ? 'alone' : 'aside';
  const script = [CHILD_WRITER, path, name, eventsPerAppend, appends, atOnce, way].map(String);
  const [command = '', ...args] = [...under, process.execPath, ...script];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  const lines = () => text.split('\n').slice(0, -1);
  return {
    child,
    lines,
    async heard(count) {
      while (lines().length < count && child.exitCode === null && child.signalCode === null) {
        await Promise.race([once(child.stdout, 'data'), closed]);
      }
    },
    async ended() {
      await closed;
      return child.exitCode;
    },
  };
}

/** Checks every line `stream revision digest` of a writer against what the store has. */
export function assertAcknowledged(store: LocalStore, lines: readonly string[]): number {
  let count = 0;
  const digests = new Map<string, string[]>();
  for (const line of lines) {
    if (line === 'ready') continue;
    const [stream = '', revision = '', digest] = line.split(' ');
    let ofStream = digests.get(stream);
    if (ofStream === undefined) {
      ofStream = [...store.streamEvents(stream)].map((event) =>
        Buffer.from(event.digest).toString('hex'),
      );
      digests.set(stream, ofStream);
    }
    assert.is(ofStream[Number(revision)], digest, `lost: ${line}`);
    count++;
  }
  return count;
}

/** No stream ends in the middle of an append, and every digest follows from the one before. */
export function assertWhole(store: LocalStore, eventsPerAppend: number): void {
  for (const stream of store.streamNames('')) {
    const revisions = [...store.streamEvents(stream)].map(({ revision }) => revision);
    assert.is(revisions.length % eventsPerAppend, 0, `half an append in ${stream}`);
    assert.equal(
      revisions,
      revisions.map((_, index) => index),
    );
  }
  assert.equal(store.integrity(), []);
}
