/** The server asked from another process: answers, charts, the list as of any time, the event stream. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { type Figure, quantile } from './figure.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const QUESTIONS = 1000;
/** As of a server that has been asked before: its first answer is a figure of its own. */
const WARMING = 300;
/** Enough that the slowest in a hundred is not the slowest of all. */
const LISTS = 120;
/** Below what one address may ask: a refusal is no answer. */
const PAUSE_MS = 2;
const CLIENTS = 10;
const CHART_POINTS = 3200;
/** As the page asks: what rebalancing cost is worked out of every payment, and asked for by itself. */
const LIST = 'rebalanceFees=false';

interface Server {
  readonly port: number;
  /** From the start of its process to `/` and the list of open channels. */
  readonly coldMs: number;
  end(): Promise<void>;
}

async function started(path: string): Promise<Server> {
  const start = performance.now();
  const args = [PROGRAM, 'serve', '--port', '0', '--ledger', path];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await portOf(child);
  const agent = new Agent({ keepAlive: true });
  await answered(port, '/', agent);
  await answered(port, `/channels?${LIST}`, agent);
  const coldMs = performance.now() - start;
  agent.destroy();
  return {
    port,
    coldMs,
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`the server did not begin: ${said}`);
}

function answered(port: number, path: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    }).on('error', reject);
  });
}

async function timesOf(port: number, count: number, path: () => string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const asked = path();
    const start = performance.now();
    const status = await answered(port, asked, agent);
    times.push(performance.now() - start);
    if (status !== 200) throw new Error(`${asked} was answered with ${status}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  agent.destroy();
  return times.slice(count > WARMING * 2 ? WARMING : 0);
}

/** What may be asked of the synthetic ledger: its channels, and the time it spans. */
async function subjects(path: string) {
  const ledger = await openLedger(path);
  const channels = ledger.channels().map(({ nodeId, channelId }) => ({ nodeId, channelId }));
  const [first] = channels;
  if (first === undefined) throw new Error('the ledger has no open channel');
  const points = ledger.balances(first.channelId, { nodeId: first.nodeId });
  const [from = 0, to = 0] = [points[0], points.at(-1)].map((point) => Date.parse(point?.at ?? ''));
  const events = Number((await ledger.store.lastCheckpoint()) ?? 0);
  await ledger.close();
  return { channels, from, to, events };
}

export async function httpFigures(path: string): Promise<Figure[]> {
  const { channels, from, to, events } = await subjects(path);
  // Once, so that what is kept beside the log is there; then from cold.
  await (await started(path)).end();
  const server = await started(path);
  const { port, coldMs } = server;
  let nth = 0;
  const channel = () => {
    nth += 1;
    const { nodeId, channelId } = channels[(nth * 7919) % channels.length] ?? {};
    return { path: `/channels/${channelId}`, node: `node=${nodeId}` };
  };
  const at = () => {
    // By then all channels are open.
    const share = 0.2 + (0.8 * ((nth * 104729) % 9973)) / 9973;
    return `at=${new Date(from + (to - from) * share).toISOString()}`;
  };
  const one = (part: string, more: () => string) => () => {
    const { path: name, node } = channel();
    return `${name}${part}?${node}${more()}`;
  };
  try {
    const nothing = await timesOf(port, QUESTIONS, () => '/healthz');
    const now = await timesOf(
      port,
      QUESTIONS,
      one('/state', () => ''),
    );
    const asOf = await timesOf(
      port,
      QUESTIONS,
      one('/state', () => `&${at()}`),
    );
    const account = await timesOf(
      port,
      LISTS,
      one('', () => ''),
    );
    const lists = await timesOf(port, LISTS, () => {
      nth += 1;
      return `/channels?${LIST}&${at()}`;
    });
    const charts = await timesOf(
      port,
      LISTS,
      one('/balances', () => `&points=${CHART_POINTS}`),
    );
    const streamed = await streamedPerSecond(port, events);
    return [
      within('HTTP: a page and the open channels from a cold server', coldMs, 1000),
      {
        name: 'HTTP: an answer without the ledger, p99: what two processes here take for it alone',
        measured: `${quantile(nothing, 0.99).toFixed(2)} ms`,
      },
      within('HTTP: one channel now, p99', quantile(now, 0.99), 5),
      within('HTTP: one channel as of a random time, p99', quantile(asOf, 0.99), 5),
      // Its peer's share of connected time is counted to the end of the node's whole record.
      {
        name: 'HTTP: everything about one channel with its peer, p99',
        measured: `${quantile(account, 0.99).toFixed(0)} ms`,
      },
      within('HTTP: the open channels as of a random time, p99', quantile(lists, 0.99), 300),
      within(`HTTP: a balance chart of ${CHART_POINTS} points, p99`, quantile(charts, 0.99), 100),
      {
        name: `HTTP: events to ${CLIENTS} clients each`,
        measured: `${Math.round(streamed).toLocaleString('en-US')}/s`,
        ceiling: '20,000/s',
        ratio: streamed / 20_000,
        wanted: { atLeast: 1 },
      },
    ];
  } finally {
    await server.end();
  }
}

function within(name: string, ms: number, mostMs: number): Figure {
  return {
    name,
    measured: `${ms.toFixed(ms < 10 ? 2 : 0)} ms`,
    ceiling: `${mostMs} ms`,
    ratio: ms / mostMs,
    wanted: { atMost: 1 },
  };
}

/** Every client from the first event on, all at once; the slowest counts. */
async function streamedPerSecond(port: number, events: number): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, () => taken(port, events)));
  return (events / (performance.now() - start)) * 1000;
}

const DATA = Buffer.from('\ndata: ');

function taken(port: number, events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get({ port, host: '127.0.0.1', path: '/events', agent: false }, (response) => {
      let count = 0;
      let rest: Buffer = Buffer.alloc(0);
      response.on('data', (chunk: Buffer) => {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let from = 0;
        for (;;) {
          const found = bytes.indexOf(DATA, from);
          if (found < 0) break;
          count += 1;
          from = found + DATA.length;
        }
        rest = bytes.subarray(Math.max(from, bytes.length - DATA.length + 1));
        if (count < events) return;
        sent.destroy();
        resolve();
      });
      response.on('error', () => undefined);
      response.on('close', () => reject(new Error(`the stream ended after ${count} events`)));
    });
    sent.on('error', reject);
  });
}
