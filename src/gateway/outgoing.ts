/** What a call is sent: one message after the other, no faster than the client takes them. */
import type { Failure } from './failures.ts';

/** What `ServerWritableStream` and `ServerDuplexStream` of grpc-js have in common. */
export interface SendingCall {
  readonly cancelled: boolean;
  write(message: Buffer): boolean;
  end(): void;
  emit(event: 'error', error: Failure): boolean;
  on(event: 'cancelled' | 'close' | 'drain' | 'error', listener: () => void): unknown;
}

export class Outgoing {
  readonly #call: SendingCall;
  readonly #abort = new AbortController();
  #wake: (() => void) | undefined;
  #isFinished = false;

  constructor(call: SendingCall) {
    this.#call = call;
    const end = () => {
      this.#abort.abort();
      this.#wake?.();
    };
    call.on('cancelled', end);
    call.on('close', end);
    // A status that is an error arrives here as well; without a listener it would end the process.
    call.on('error', end);
    call.on('drain', () => this.#wake?.());
  }

  /** Aborts when the client has gone or the call has ended. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.#isFinished || this.#abort.signal.aborted || this.#call.cancelled;
  }

  /** Undefined while there is room; otherwise resolves when there is again, or nobody is left. */
  send(message: Buffer): Promise<void> | undefined {
    if (this.isOver || this.#call.write(message)) return undefined;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      if (this.isOver) this.#wake();
    });
  }

  end(): void {
    if (this.isOver) return;
    this.#isFinished = true;
    this.#call.end();
  }

  fail(failure: Failure): void {
    if (this.isOver) return;
    this.#isFinished = true;
    this.#call.emit('error', failure);
  }
}
