/**
 * lnd's records: its channel database, what lncli prints, and its log. Three tellers of one node: each
 * kind of record has its own streams, and what is shown is their merge.
 */
import { basename, join } from 'node:path';
import type { Observation } from '../../observation/observation.ts';
import type { ImportContext, Importer, ImportRun } from '../importer.ts';
import { Tally } from '../tally.ts';
import { ChannelNames } from './channel-names.ts';
import { copiedDatabase, databaseObservations, type SurveyedDatabase } from './database/read.ts';
import { claimOfDatabase } from './database/survey.ts';
import { type Identity, identityOf } from './identity.ts';
import { inTimeOrder } from './in-time-order.ts';
import { type FileKind, type InputFile, inputFiles } from './input-files.ts';
import { claimOf, jsonObservations, type SurveyedFile, surveyFiles } from './json/read.ts';
import { logObservations } from './log/read.ts';
import { notAhead } from './not-ahead.ts';
import { type LndSource, Teller } from './told.ts';
import { ToldBlocks } from './told-blocks.ts';

export const lndImporter: Importer = {
  async open(context: ImportContext): Promise<ImportRun> {
    const files = await inputFiles(context.paths);
    const onBytes = progressOf(files, context);
    const tally = new Tally();
    const { nowNs, signal, known } = context;
    const names = new ChannelNames();
    const times = new ToldBlocks();
    const ports = { times, names, tally, nowNs, signal, onBytes, known };
    const ofKind = (kind: FileKind) => files.filter((f) => f.kind === kind).map(({ path }) => path);
    const databases: SurveyedDatabase[] = [];
    for (const [nth, path] of ofKind('database').entries()) {
      const into = join(context.workDirectory, `database-${nth}`);
      databases.push(await copiedDatabase(path, { into, signal, onBytes, ports }));
    }
    const answers = await surveyFiles(ofKind('json'), ports);
    const claims = [
      ...databases.map(({ path, survey }) => claimOfDatabase(basename(path), survey)),
      ...answers.map(claimOf),
    ];
    const identity = identityOf(claims, context);
    times.addKnownBlocks(identity.chain);
    const told = untilAborted(
      signal,
      allOf({ databases, answers, logs: ofKind('log') }, identity, ports),
    );
    return { observations: inTimeOrder(notAhead(told, nowNs, tally)), tally };
  },
};

type Ports = Parameters<typeof jsonObservations>[2];

interface Records {
  readonly databases: readonly SurveyedDatabase[];
  readonly answers: readonly SurveyedFile[];
  readonly logs: readonly string[];
}

async function* allOf(
  { databases, answers, logs }: Records,
  identity: Identity,
  ports: Ports,
): AsyncGenerator<Observation, void, undefined> {
  const { nowNs, times } = ports;
  const tellerOf = (source: LndSource) => new Teller({ ...identity, nowNs, source });
  for (const source of ['lnd-db', 'lnd-rpc'] as const) {
    yield* times.facts(source, tellerOf(source));
  }
  for (const database of databases) {
    yield* databaseObservations(database, { ...ports, teller: tellerOf('lnd-db') });
  }
  if (answers.length > 0) yield* jsonObservations(answers, tellerOf('lnd-rpc'), ports);
  yield* logObservations(logs, { ...ports, teller: tellerOf('lnd-log') });
}

/** A person who ends it has no use for the error that a file gives which is closed in the middle. */
async function* untilAborted(
  signal: AbortSignal,
  observations: AsyncIterable<Observation>,
): AsyncGenerator<Observation, void, undefined> {
  try {
    for await (const observation of observations) {
      if (signal.aborted) return;
      yield observation;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** How often each kind of file is read from its beginning to its end. */
const PASSES: Readonly<Record<FileKind, number>> = { database: 1, json: 2, log: 1 };

function progressOf(
  files: readonly InputFile[],
  { onProgress }: Pick<ImportContext, 'onProgress'>,
): (bytes: number) => void {
  const totalBytes = files.reduce((sum, { bytes, kind }) => sum + bytes * PASSES[kind], 0);
  let doneBytes = 0;
  return (bytes) => {
    doneBytes = Math.min(doneBytes + bytes, totalBytes);
    onProgress(doneBytes, totalBytes);
  };
}
