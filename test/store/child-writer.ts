/**
 * A process of its own that appends until it is told to stop or is killed. It writes a line for
 * each append that was acknowledged: what it says here must never be lost.
 *
 * Arguments: file, name (of its stream and its events), events per append, appends, appends at once,
 * and `aside` where every other lane goes through the thread, so that both ways of writing meet.
 */
import { writeSync } from 'node:fs';
import { NO_STREAM } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { sampleEvent } from './sample-events.ts';

const [path = '', name = '', ...rest] = process.argv.slice(2);
const [size = 1, appends = 1, atOnce = 1] = rest.map(Number);
const mayGoAside = rest.includes('aside');
const store = openSqliteStore(path);
writeSync(1, 'ready\n');

async function appendTo(lane: number): Promise<void> {
  const stream = `${name}-${lane}`;
  let revision = store.streamHead(stream)?.revision ?? NO_STREAM;
  for (let count = 0; count < appends; count++) {
    const events = Array.from({ length: size }, (_, n) =>
      sampleEvent(`${stream} ${revision + 1 + n}`, { metadata: 'x'.repeat(200) }),
    );
    const request = { stream, events, expectedRevision: revision };
    const isAside = mayGoAside && lane % 2 === 1;
    const [result] = await store.appendMany([request], { isAside });
    if (!result?.ok) throw new Error(`${stream}: conflict`);
    revision = result.lastRevision;
    // Not buffered: the line is in the pipe before the next append begins.
    writeSync(1, `${stream} ${revision} ${Buffer.from(result.digest).toString('hex')}\n`);
  }
}

await Promise.all(Array.from({ length: atOnce }, (_, lane) => appendTo(lane)));
await store.close();
