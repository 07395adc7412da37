/** Between client and server: bytes that are held back, cut in the middle, swallowed. By a seed. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ChaosProxy {
  readonly port: number;
  /** Faults that happened, by kind. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** From now on every byte goes through. */
  calm(): void;
  close(): Promise<void>;
}

const FAULTS = ['delay', 'cut', 'black hole', 'close', 'reset'] as const;
export type Fault = (typeof FAULTS)[number];

const LONGEST_DELAY_MS = 30;
const BLACK_HOLE_MS = 150;

/** `random(limit)` decides at each piece of bytes; one in `calmness` meets a fault. */
export async function chaosProxy(
  target: number,
  random: (limit: number) => number,
  calmness = 25,
): Promise<ChaosProxy> {
  const sockets = new Set<Socket>();
  const faults = new Map<Fault, number>();
  let isCalm = false;
  const next = (): Fault | undefined => {
    if (isCalm || random(calmness) > 0) return undefined;
    const fault = FAULTS[random(FAULTS.length)] ?? 'close';
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    return fault;
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const end = (isReset = false) => {
      for (const socket of [client, upstream]) {
        sockets.delete(socket);
        if (isReset && !socket.destroyed) socket.resetAndDestroy();
        else socket.destroy();
      }
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => end());
      socket.on('close', () => end());
    }
    forward(client, upstream, { next, end, random });
    forward(upstream, client, { next, end, random });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    faults,
    calm: () => {
      isCalm = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Way {
  readonly next: () => Fault | undefined;
  readonly end: (isReset?: boolean) => void;
  readonly random: (limit: number) => number;
}

function forward(from: Socket, to: Socket, { next, end, random }: Way): void {
  let isSwallowed = false;
  from.on('data', (bytes) => {
    if (isSwallowed) return;
    const fault = next();
    if (fault === 'delay') {
      from.pause();
      setTimeout(() => {
        if (!to.destroyed) to.write(bytes);
        from.resume();
      }, random(LONGEST_DELAY_MS));
    } else if (fault === 'cut') {
      to.write(bytes.subarray(0, random(bytes.length)), () => end());
    } else if (fault === 'black hole') {
      isSwallowed = true;
      setTimeout(() => end(), BLACK_HOLE_MS);
    } else if (fault === 'close' || fault === 'reset') {
      end(fault === 'reset');
    } else if (!to.destroyed) {
      to.write(bytes);
    }
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
