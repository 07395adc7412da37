/** `import cln`: Core Lightning's databases and what `lightning-cli` prints, a file each. */
import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { chainAsked } from '../asked.ts';
import {
  AskedError,
  type ImportContext,
  ImportError,
  type Importer,
  type ImportRun,
  OptionMissing,
} from '../importer.ts';
import { Tally } from '../tally.ts';
import { bookkeeping, chainOfBooks } from './bookkeeper.ts';
import { ForeignDatabase, workPath } from './database.ts';
import { JsonRecords } from './json-lists.ts';
import { type NodeName, nameOf, nodeRecords } from './node-database.ts';
import { type ClnSource, type Origin, Teller } from './teller.ts';
import { formOf, kindOf } from './what-it-is.ts';

export const clnImporter: Importer = { open: openCln };

interface Opened extends NodeName {
  readonly path: string;
  readonly source: ClnSource;
  readonly observations: (teller: Teller) => AsyncIterable<Observation> | Iterable<Observation>;
  readonly close: () => void;
}

async function openCln(context: ImportContext): Promise<ImportRun> {
  const { paths } = context;
  if (paths.length === 0) throw new ImportError('name at least one file to import');
  const tally = new Tally();
  const json: string[] = [];
  const opened: Opened[] = [];
  try {
    for (const [nth, path] of paths.entries()) {
      context.signal.throwIfAborted();
      if ((await formOf(path)) === 'json') json.push(path);
      else opened.push(await openDatabase(path, nth, context, tally));
    }
    if (json.length > 0) opened.push(await openJson(json, context, tally));
    const name = nameAmong(opened, context);
    return { observations: pulled(opened, name, context), tally };
  } catch (cause) {
    for (const { close } of opened) close();
    throw cause;
  }
}

async function openDatabase(
  path: string,
  nth: number,
  context: ImportContext,
  tally: Tally,
): Promise<Opened> {
  const workDirectory = workPath(context.workDirectory, nth);
  await mkdir(workDirectory, { recursive: true });
  const database = await ForeignDatabase.open(path, { ...context, workDirectory });
  const close = () => database.close();
  try {
    if (kindOf(path, database) === 'bookkeeper') {
      const name = { nodeId: undefined, chain: chainOfBooks(database) };
      const observations = (teller: Teller) => bookkeeping(database, teller, tally);
      return { path, source: 'cln-bookkeeper', ...name, observations, close };
    }
    const observations = (teller: Teller) => nodeRecords(database, teller, tally);
    return { path, source: 'cln-db', ...nameOf(database), observations, close };
  } catch (cause) {
    close();
    throw cause;
  }
}

async function openJson(
  paths: readonly string[],
  context: ImportContext,
  tally: Tally,
): Promise<Opened> {
  const records = new JsonRecords(paths, { tally, signal: context.signal });
  return {
    path: paths[0] ?? '',
    source: 'cln-rpc',
    nodeId: undefined,
    chain: await records.chain(),
    observations: (teller) => records.observations(teller),
    close: () => undefined,
  };
}

/** Whose records these are: as they say, as another file of the same import says, or as the person does. */
function nameAmong(
  opened: readonly Opened[],
  context: ImportContext,
): { readonly nodeId: NodeId; readonly chain: string } {
  const nodeId = agreed(opened, 'nodeId', context.nodeId);
  const chain = agreed(opened, 'chain', context.chain);
  const named = basename(opened[0]?.path ?? '');
  if (nodeId === undefined) {
    throw new OptionMissing(
      `${named} does not say whose it is: give its node with --node <public key>, or import it together ` +
        'with a lightningd.sqlite3 of v23.05 or later',
    );
  }
  const why = `${named} does not say which chain it is of`;
  return { nodeId: NodeId(nodeId), chain: chain ?? chainAsked(context, why, nodeId) };
}

function agreed(
  opened: readonly Opened[],
  field: 'nodeId' | 'chain',
  said: string | undefined,
): string | undefined {
  const option = `--${optionOf(field)}`;
  let known = said === undefined ? undefined : { value: said, by: option };
  for (const { path, [field]: value } of opened) {
    if (value === undefined) continue;
    if (known !== undefined && known.value !== value) {
      throw new AskedError(
        `${path} is of ${field === 'chain' ? 'chain' : 'node'} ${value}, and ${known.by} says ` +
          `${known.value}: ` +
          (known.by === option
            ? `leave ${option} out`
            : 'import the records of one node at a time'),
      );
    }
    known ??= { value, by: path };
  }
  return known?.value;
}

const optionOf = (field: 'nodeId' | 'chain') => (field === 'chain' ? 'chain' : 'node');

async function* pulled(
  opened: readonly Opened[],
  name: { readonly nodeId: NodeId; readonly chain: string },
  { nowNs, signal }: ImportContext,
): AsyncGenerator<Observation> {
  try {
    for (const { path, source, observations } of opened) {
      const origin: Origin = { ...name, source, file: basename(path), nowNs };
      let count = 0;
      for await (const observation of observations(new Teller(origin))) {
        if (signal.aborted) return;
        yield observation;
        // SQLite's rows come without a pause: without one, nobody could end it.
        if (++count % 1024 === 0) await new Promise((resume) => setImmediate(resume));
      }
    }
  } finally {
    for (const { close } of opened) close();
  }
}
