/** Events for the stores' tests, temporary places, and a seed that every failure prints. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidV8Of } from '../../src/store/digest.ts';
import type { EventColumns, NewEvent, StoredEvent } from '../../src/store/event-store.ts';

/** Two events of one name have the same id and the same bytes. */
export function sampleEvent(
  name: string | number,
  changes: Partial<Omit<NewEvent, 'columns'>> & { readonly columns?: Partial<EventColumns> } = {},
): NewEvent {
  const place = typeof name === 'number' ? BigInt(name) : 0n;
  return {
    id: uuidV8Of(createHash('sha256').update(String(name)).digest()),
    type: 'SampleHappened',
    data: JSON.stringify({ name, balanceMsat: '5000' }),
    metadata: JSON.stringify({ source: 'test', schema: 1 }),
    ...changes,
    columns: {
      happenedAtNs: place,
      recordedAtNs: place,
      amount1: null,
      amount2: null,
      isMarked: false,
      ...changes.columns,
    },
  };
}

export function sampleEvents(from: number, to: number): NewEvent[] {
  return Array.from({ length: to - from }, (_, index) => sampleEvent(from + index));
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

/** What was handed in, of an event that came back. */
export function handedIn({ id, type, data, metadata }: StoredEvent | NewEvent) {
  return { id, type, data, metadata };
}

/** A directory that is removed when the process ends, however it ends. */
/** What is read of an event for folding. */
export function bodyOf({
  position,
  stream,
  revision,
  type,
  data,
  metadata,
}: Omit<StoredEvent, 'id' | 'digest'>) {
  return { position, stream, revision, type, data, metadata };
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-store-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** CI takes the commit's number, so that every commit looks elsewhere and each can be repeated. */
export function seedOfRun(): number {
  const given = process.env.CHANNEL_LEDGER_SEED;
  const seed = given === undefined ? seedOfCommit() : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`CHANNEL_LEDGER_SEED is no number: ${given}`);
  console.log(`CHANNEL_LEDGER_SEED=${seed}`);
  return seed;
}

function seedOfCommit(): number {
  try {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(commit.toString().slice(0, 7), 16);
  } catch {
    return 20_261_121;
  }
}

/** How much longer than in CI the random tests run. */
export function soakFactor(): number {
  return Math.max(1, Number(process.env.CHANNEL_LEDGER_SOAK ?? 1));
}

/** Numbers below a limit, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
