/**
 * The check of revealed secrets as a ledger holds it: begun with the first recording, begun again where
 * it had given up, and what it found or could not do told as problems.
 */
import { timeText } from '../schema/time.ts';
import type { LocalStore } from '../store/event-store.ts';
import { badSecret } from './answers/bad-secret.ts';
import type { Keyring } from './keyring.ts';
import { SecretChecker, type SecretCounts } from './secret-checker.ts';
import { decodeEvent } from './stored-event.ts';
import type { ProblemView } from './view-types.ts';

/** What the check beside the recording has done since this ledger was opened. */
export interface SecretChecks extends SecretCounts {
  /** Why some were left unchecked; absent where none was. */
  readonly failure?: string;
}

export interface SecretWatchPorts {
  readonly store: LocalStore;
  readonly keyring: Keyring;
  readonly nowNs: () => bigint;
  readonly makeChecker?: (after: string | undefined) => SecretChecker;
}

export class SecretWatch {
  readonly #ports: SecretWatchPorts;
  readonly #checkers: SecretChecker[] = [];
  #beginning: Promise<void> | undefined;
  #sinceNs = 0n;

  constructor(ports: SecretWatchPorts) {
    this.#ports = ports;
  }

  /** Checks what is recorded from now on; a check that gave up is begun again. */
  async begin(): Promise<void> {
    const running = this.#checkers.at(-1);
    if (running !== undefined && !running.hasEnded) return;
    this.#beginning ??= this.#start().finally(() => {
      this.#beginning = undefined;
    });
    await this.#beginning;
  }

  async #start(): Promise<void> {
    const { store, keyring, nowNs, makeChecker } = this.#ports;
    await this.#checkers.at(-1)?.close();
    const after = await store.lastCheckpoint();
    this.#sinceNs = nowNs();
    this.#checkers.push(makeChecker?.(after) ?? new SecretChecker({ store, keyring, after }));
  }

  /** Counts since the ledger was opened, and why some were not checked. */
  report(): SecretChecks {
    const total = { checked: 0, notCheckable: 0, broken: 0, unchecked: 0 };
    let failure: string | undefined;
    for (const checker of this.#checkers) {
      const counts = checker.counts();
      total.checked += counts.checked;
      total.notCheckable += counts.notCheckable;
      total.broken += counts.broken;
      total.unchecked += counts.unchecked;
      failure ??= checker.failure;
    }
    return { ...total, ...(failure !== undefined && { failure }) };
  }

  problems(): readonly ProblemView[] {
    const wrong = this.#checkers.flatMap((checker) => checker.problems());
    const views = wrong.map((problem) => {
      const { stream, revision } = problem;
      const range = { fromRevision: revision, toRevision: revision };
      const [event] = Array.from(this.#ports.store.streamEvents(stream, range), decodeEvent);
      return badSecret(problem, event?.metadata.happenedAt ?? '');
    });
    return [...views, ...this.#notChecked()];
  }

  #notChecked(): readonly ProblemView[] {
    const { failure, unchecked } = this.report();
    if (failure === undefined) return [];
    const at = timeText(this.#sinceNs);
    return [
      {
        kind: 'not-checked',
        rule: 'secret-matches-point',
        subject: 'secrets revealed while recording',
        count: Math.max(1, unchecked),
        firstAt: at,
        lastAt: at,
        detail: `the check beside the recording failed: ${failure}`,
        whatToDo: 'everything is recorded; run "channel-ledger verify", which checks all of them',
      },
    ];
  }

  async close(): Promise<void> {
    await this.#beginning;
    for (const checker of this.#checkers) await checker.close();
  }
}
