/** What a stream writes by itself, between the events that it is given. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventOutput, eventText } from '../../src/http/event-output.ts';

const BEAT = ': still here\n';

/** A stream whose client takes nothing: what is written stays where it can be looked at. */
function stream() {
  const raw = new ServerResponse(new IncomingMessage(new Socket()));
  const written: string[] = [];
  const write = raw.write.bind(raw);
  raw.write = (chunk: unknown) => {
    written.push(String(chunk));
    return write(chunk);
  };
  let asked = 0;
  let heard: () => void = () => undefined;
  const isLetIn = () => {
    asked += 1;
    heard();
    return true;
  };
  const client = new AbortController();
  const out = new EventOutput(raw, { client, isLetIn }, { heartbeatMs: 1 });
  /** Whether its client still may is asked before each heartbeat. */
  const beats = async (count: number) => {
    const last = asked + count;
    while (asked < last) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
    // What the last of them writes comes after it asked.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { raw, out, written, beats };
}

test('a place that was passed over is told by one heartbeat', async () => {
  const { out, written, beats } = stream();
  out.passed(() => '5-aa');
  await beats(2);
  out.end();
  assert.equal(written.slice(0, 2), [`${BEAT}id: 5-aa\n\n`, `${BEAT}\n`]);
});

test('no heartbeat tells an older place than that of the event before it', async () => {
  const { out, written, beats } = stream();
  out.passed(() => '5-aa');
  const event = eventText('{}', '7-bb');
  await out.events(Buffer.from(event));
  await beats(2);
  out.end();
  assert.equal(written.slice(0, 2), [event, `${BEAT}\n`]);
});

test('who does not take what was written gets no heartbeats on top of it', async () => {
  const { raw, out, written, beats } = stream();
  const long = eventText(`"${'x'.repeat(1_000_000)}"`, '1-aa');
  const given = out.events(Buffer.from(long));
  await beats(5);
  assert.ok(raw.writableNeedDrain);
  assert.equal(written, [long]);
  raw.emit('drain');
  await given;
  out.end();
});

test('who takes everything at once lets others have their turn', async () => {
  const { raw, out } = stream();
  raw.write = () => true;
  let turns = 0;
  const waiting = setInterval(() => {
    turns += 1;
  }, 0);
  for (let nth = 0; nth < 4; nth += 1) {
    const end = performance.now() + 20;
    while (performance.now() < end);
    await out.event('{}');
  }
  clearInterval(waiting);
  out.end();
  assert.ok(turns >= 2, `${turns} turns`);
});

test('a wait for a slow client leaves nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const { raw, out } = stream();
  Object.defineProperty(raw, 'writableNeedDrain', { get: () => true });
  const wait = async () => {
    let isWaiting = true;
    const given = out.events(new Uint8Array()).finally(() => {
      isWaiting = false;
    });
    while (isWaiting) {
      await new Promise((resolve) => setImmediate(resolve));
      raw.emit('drain');
    }
    await given;
  };
  raw.write = () => true;
  const kept = async (waits: number) => {
    for (let nth = 0; nth < waits; nth += 1) await wait();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await kept(2_000);
  const grown = (await kept(20_000)) - before;
  out.end();
  // A signal with a time of its own takes some 850 bytes, until that is over.
  assert.ok(grown < 20_000 * 100, `${grown} bytes more`);
});

test.run();
