/** A server on a free port over a real ledger in a file: the demo, recorded once for each test file. */
import { join } from 'node:path';
import { type HttpOptions, startServer } from '../../src/http/server.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { playInto } from '../demo/play.ts';
import { temporaryDirectory } from '../store/sample-events.ts';

const PAYMENTS = 12;

export const path = join(temporaryDirectory(), 'ledger.db');

export async function demoLedger(seed = 'http'): Promise<Ledger> {
  const ledger = await openLedger(path, { create: true, seed });
  await playInto(ledger, { seed, payments: PAYMENTS });
  return ledger;
}

/** `ask` sends a request to it as an ordinary program does. */
export interface Served {
  readonly port: number;
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
}

export async function withServer(
  options: Pick<HttpOptions, 'ledger'> & Partial<HttpOptions>,
  run: (served: Served) => Promise<void>,
): Promise<void> {
  const server = await startServer({ port: 0, ...options });
  const { port } = server;
  try {
    await run({ port, ask: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) });
  } finally {
    await server.close();
  }
}

/** The header that programs send. */
export function bearing(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}
