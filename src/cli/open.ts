/** Opening a ledger for the time of one command, and closing it whatever happens. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreError } from '../store/event-store.ts';
import type { Cli } from './cli.ts';
import { failureOf, Interrupted, isSystemError } from './errors.ts';
import type { Ledger, OpenOptions } from './ledger-port.ts';
import { type CommonOptions, defaultLedgerPath, ledgerPath } from './options.ts';
import { readingOf } from './readable.ts';

/** `record` makes a ledger like `create`, and refuses one whose secrets could not be sealed. */
export type Access = 'read' | 'write' | 'create' | 'record';

export async function withLedger<T>(
  cli: Cli,
  common: CommonOptions,
  access: Access,
  work: (ledger: Ledger) => Promise<T>,
  patienceMs = 0,
): Promise<T> {
  const path = existingPath(ledgerPath(common, cli));
  const create = access === 'create' || access === 'record';
  if (create) prepareDirectory(path, cli);
  else assertThere(path);
  if (access === 'read') return withReadable(cli, path, work, patienceMs);
  const options = { create, ...(access === 'record' && { onBadKey: refuseBadKey }) };
  return withLedgerAt(cli, path, options, work, patienceMs);
}

/** What a source tells is sealed at once: without the key recording would begin, and fail at that. */
function refuseBadKey(why: string): never {
  throw new StoreError(`nothing can be recorded: ${why}`);
}

/** Questions are answered without a key that fits and without leave to write; both are said. */
async function withReadable<T>(
  cli: Cli,
  path: string,
  work: (ledger: Ledger) => Promise<T>,
  patienceMs: number,
): Promise<T> {
  const say = (sentence: string) => {
    cli.err.line(cli.err.style.text(`channel-ledger: ${sentence}`));
  };
  const isInCluster = isCluster(path);
  const reading = isInCluster ? clusterReading(path) : readingOf(path);
  if (reading.notice !== undefined) say(reading.notice);
  const onBadKey = (why: string) => {
    // Not that it will be answered: what has no readable key may have more that cannot be read.
    say(`${why}; secrets stay sealed, and no number needs them`);
  };
  const options = {
    readonly: reading.isReadonly,
    onBadKey,
    ...(!isInCluster && { keyOf: path }),
  };
  try {
    return await withLedgerAt(cli, reading.path, options, work, patienceMs);
  } finally {
    reading.end();
  }
}

/** A cluster's ledger is asked through its replica, which needs no copy to be read. */
function clusterReading(path: string): ReturnType<typeof readingOf> {
  return { path, isReadonly: true, end: () => undefined };
}

/** Trouble that goes on is told again only after this long. */
const SILENT_MS = 60_000;
const saidAt = new Map<string, number>();

/** Something went wrong beside the answer: on stderr, in one line. */
export function sayTrouble({ err }: Pick<Cli, 'err'>, sentence: string): void {
  const now = performance.now();
  if (now - (saidAt.get(sentence) ?? Number.NEGATIVE_INFINITY) < SILENT_MS) return;
  saidAt.set(sentence, now);
  err.line(err.style.text(`channel-ledger: ${sentence}`));
}

/** The passphrase comes from the environment: arguments are shown to every user of the machine. */
export async function withLedgerAt<T>(
  cli: Cli,
  path: string,
  options: OpenOptions,
  work: (ledger: Ledger) => Promise<T>,
  patienceMs = 0,
): Promise<T> {
  const { openLedger } = await cli.ledgers();
  const passphrase = cli.env.CHANNEL_LEDGER_PASSPHRASE;
  const onTrouble = (sentence: string) => sayTrouble(cli, sentence);
  const ledger = await openLedger(path, {
    onTrouble,
    ...options,
    ...(passphrase && { passphrase }),
  });
  try {
    return await untilInterrupted(cli.signal, work(ledger), patienceMs);
  } finally {
    await ledger.close();
  }
}

/**
 * Ctrl-C ends the waiting, not the write under way: closing the ledger waits for that. Work that
 * brings itself to an end when the signal aborts is given `patienceMs` for it.
 */
export async function untilInterrupted<T>(
  signal: AbortSignal,
  work: Promise<T>,
  patienceMs = 0,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp: (() => void) | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    giveUp = () => {
      timer = setTimeout(() => reject(interruption(signal)), patienceMs);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (giveUp !== undefined) signal.removeEventListener('abort', giveUp);
    // What is abandoned may still fail, of the ledger being closed; the reason is known already.
    work.catch(failureOf);
    interrupted.catch(failureOf);
  }
}

export function interruption(signal: AbortSignal): Interrupted {
  const { reason } = signal;
  return reason instanceof Interrupted ? reason : new Interrupted('stopped');
}

/** `--ledger ./demo-ledger` means the ledger in that directory. */
export function existingPath(path: string): string {
  return !isCluster(path) && isDirectory(path) ? join(path, 'ledger.db') : path;
}

export function isCluster(path: string): boolean {
  return /^esdb(\+discover)?:\/\//.test(path);
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function assertThere(path: string): void {
  if (isCluster(path) || isThere(path)) return;
  throw new StoreError(
    `there is no ledger at ${path}: name yours with --ledger PATH or $CHANNEL_LEDGER, ` +
      'or make one to try with "channel-ledger demo"',
  );
}

/** A directory that may not be searched is said to be that, not to be empty. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    if (isSystemError(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`${path} cannot be reached: ${reason}`, { cause });
  }
}

/** Only the default's own directory is made: elsewhere a missing one is more likely a mistake. */
function prepareDirectory(path: string, cli: Cli): void {
  if (path === defaultLedgerPath(cli)) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}
