/** lnd's `channel.db`: read from a copy, bucket by bucket. */
import { mkdir } from 'node:fs/promises';
import type { Observation } from '../../../observation/observation.ts';
import { copyOfFile } from '../../file-copy.ts';
import { ImportError } from '../../importer.ts';
import { BoltFile } from './bbolt.ts';
import { DatabaseReading, type ReadPorts } from './reading.ts';
import { type DatabasePorts, type DatabaseSurvey, surveyDatabase } from './survey.ts';

export interface SurveyedDatabase {
  /** As the person named it. */
  readonly path: string;
  readonly copy: string;
  readonly survey: DatabaseSurvey;
}

/** Copies the file and looks at the copy: the file itself belongs to a node that may be running. */
export async function copiedDatabase(
  path: string,
  options: {
    readonly into: string;
    readonly signal: AbortSignal;
    readonly onBytes: (bytes: number) => void;
    readonly ports: DatabasePorts;
  },
): Promise<SurveyedDatabase> {
  await mkdir(options.into, { recursive: true });
  let copied = 0;
  const copy = await copyOfFile(path, {
    into: options.into,
    signal: options.signal,
    onProgress(done) {
      options.onBytes(Math.max(0, done - copied));
      copied = Math.max(copied, done);
    },
  });
  return within(path, () => {
    const file = BoltFile.open(copy);
    try {
      return { path, copy, survey: surveyDatabase(file, options.ports) };
    } finally {
      file.close();
    }
  });
}

export interface DatabaseReadPorts extends ReadPorts {
  readonly signal: AbortSignal;
}

export function* databaseObservations(
  { path, copy, survey }: SurveyedDatabase,
  ports: DatabaseReadPorts,
): Generator<Observation, void, undefined> {
  const file = within(path, () => BoltFile.open(copy));
  try {
    const reading = new DatabaseReading(file, survey, ports);
    const observations = reading.observations();
    for (;;) {
      const next = within(path, () => observations.next());
      if (next.done || ports.signal.aborted) return;
      yield next.value;
    }
  } finally {
    file.close();
  }
}

/** Only here is it known of which file. */
function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    const remedy = 'copy it again while lnd is stopped, or give what lncli prints';
    throw new ImportError(`${path}: ${error.message}: ${remedy}`, { cause: error });
  }
}
