/** The projections that run inside EventStoreDB: their texts, and putting them there for one ledger. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StoreError } from '../store/event-store.ts';
import { openProjectionHost, type ProjectionHost } from '../store/eventstoredb/projections.ts';
import { ProjectionSandbox } from './projection-sandbox.ts';

export interface ProjectionReport {
  readonly name: string;
  /** `missing`, or the server's own word: Running, Stopped, Faulted … */
  readonly status: string;
  /** The server's reason, where it has one. */
  readonly reason: string;
  /** Per cent of the log. */
  readonly progress: number;
}

/** The first line of code of every text. */
const LEDGER_LINE = "const LEDGER = '';";
/** `fromCategory` reads the links that this one makes. */
const BY_CATEGORY = '$by_category';
const SETTLING_MS = 10_000;
const LOOK_MS = 250;

/** The text of each, by its name, for the ledger whose streams begin so. */
export function projectionTexts(prefix: string): ReadonlyMap<string, string> {
  const directory = textsDirectory();
  const files = readdirSync(directory).filter((name) => name.endsWith('.js'));
  return new Map(
    files.sort().map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      if (text.split(LEDGER_LINE).length !== 2)
        throw new Error(`${file} has no place for the ledger`);
      const own = text.replace(LEDGER_LINE, () => `const LEDGER = ${JSON.stringify(prefix)};`);
      return [file.slice(0, -'.js'.length), own];
    }),
  );
}

/** In a checkout they lie beside src/, in the package beside dist/. */
function textsDirectory(): string {
  const places = ['../..', '../../..'].map((up) =>
    join(import.meta.dirname, up, 'projections', 'server'),
  );
  const found = places.find((place) => existsSync(join(place, 'closes.js')));
  if (found === undefined) throw new Error('the texts of the server’s projections are not there');
  return found;
}

export class ServerProjections {
  readonly #host: ProjectionHost;
  readonly #prefix: string;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #settlingMs: number;

  constructor(host: ProjectionHost, settlingMs = SETTLING_MS) {
    this.#host = host;
    this.#prefix = host.ledger === undefined ? '' : `${host.ledger}.`;
    this.#texts = projectionTexts(this.#prefix);
    this.#settlingMs = settlingMs;
  }

  /** Makes or renews all of them, and waits for what the server makes of them. */
  async deploy(): Promise<readonly ProjectionReport[]> {
    // The server takes a broken text without a word, and cannot list any projection afterwards.
    for (const [name, text] of this.#texts) assertSound(name, text, this.#prefix);
    await this.#assertCategories();
    for (const [name, text] of this.#texts) {
      const full = this.#fullName(name);
      if ((await this.#host.find(full)) === undefined) await this.#host.create(full, text);
      else {
        // Renewed in place: a new one would not be let into the streams of links of the old one.
        await this.#host.update(full, text);
        await this.#host.enable(full);
      }
    }
    return this.#settled();
  }

  async status(): Promise<readonly ProjectionReport[]> {
    const reports: ProjectionReport[] = [];
    for (const short of this.#texts.keys()) {
      const name = this.#fullName(short);
      const found = await this.#host.find(name);
      reports.push(found ?? { name, status: 'missing', reason: '', progress: 0 });
    }
    return reports;
  }

  /** With their links and all they have kept; the events stay. Says which were there. */
  async remove(): Promise<readonly string[]> {
    const removed: string[] = [];
    for (const { name, status } of await this.status()) {
      if (status === 'missing') continue;
      await this.#stop(name);
      await this.#host.remove(name);
      removed.push(name);
    }
    return removed;
  }

  async close(): Promise<void> {
    await this.#host.close();
  }

  /** The server refuses to delete one that still winds down. */
  async #stop(name: string): Promise<void> {
    await this.#host.disable(name);
    const until = performance.now() + this.#settlingMs;
    for (;;) {
      const status = (await this.#host.find(name))?.status ?? 'Stopped';
      if (/^(Stopped|Faulted)/.test(status)) return;
      if (performance.now() > until) {
        throw new StoreError(`${name} does not stop (it is ${status}): try again later`);
      }
      await setTimeout(LOOK_MS);
    }
  }

  /** Other ledgers of the cluster have theirs; a name has no dot, so none is taken for another. */
  #fullName(name: string): string {
    return `${this.#prefix}channel-ledger-${name}`;
  }

  async #assertCategories(): Promise<void> {
    const found = await this.#host.find(BY_CATEGORY);
    if (found?.status.startsWith('Running') === true) return;
    throw new StoreError(
      `the projections read what ${BY_CATEGORY} links, and that one ` +
        `${found === undefined ? 'is missing' : `is ${found.status}`}: ` +
        'start the server with RUN_PROJECTIONS=All and START_STANDARD_PROJECTIONS=true',
    );
  }

  async #settled(): Promise<readonly ProjectionReport[]> {
    const until = performance.now() + this.#settlingMs;
    for (;;) {
      const reports = await this.status();
      const isSettled = reports.every(({ status }) => /^(Running|Faulted)/.test(status));
      if (isSettled || performance.now() > until) return reports;
      await setTimeout(LOOK_MS);
    }
  }
}

function assertSound(name: string, text: string, prefix: string): void {
  try {
    const { source } = new ProjectionSandbox(text);
    if (source.kind === 'category' && source.category === `${prefix}channel`) return;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`the projection ${name} is broken: ${reason}`, { cause });
  }
  throw new StoreError(`the projection ${name} reads what is not of this ledger`);
}

export function openServerProjections(address: string): ServerProjections {
  return new ServerProjections(openProjectionHost(address));
}
