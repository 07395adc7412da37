/**
 * lnd's records: its channel database, what lncli prints, and its log. Three tellers of one node: each
 * kind of record has its own streams, and what is shown is their merge.
 */
import type { ImportContext, Importer, ImportRun } from '../importer.ts';
import { Tally } from '../tally.ts';
import { BlockTimes } from './block-times.ts';
import { ChannelNames } from './channel-names.ts';
import { identityOf } from './identity.ts';
import { inTimeOrder } from './in-time-order.ts';
import { inputFiles } from './input-files.ts';
import { claimOf, jsonObservations, surveyFiles } from './json/read.ts';
import { Teller } from './told.ts';

export const lndImporter: Importer = {
  async open(context: ImportContext): Promise<ImportRun> {
    const files = await inputFiles(context.paths);
    const tally = new Tally();
    const { nowNs, signal } = context;
    // JSON is read twice.
    const totalBytes = files.reduce(
      (sum, { bytes, kind }) => sum + bytes * (kind === 'json' ? 2 : 1),
      0,
    );
    let doneBytes = 0;
    const onBytes = (bytes: number) => {
      doneBytes += bytes;
      context.onProgress(Math.min(doneBytes, totalBytes), totalBytes);
    };
    const names = new ChannelNames();
    const times = new BlockTimes();
    const ports = { times, names, tally, nowNs, signal, onBytes };
    const paths = files.filter(({ kind }) => kind === 'json').map(({ path }) => path);
    const surveyed = await surveyFiles(paths, ports);
    const identity = identityOf(surveyed.map(claimOf), context);
    times.addKnownBlocks(identity.chain);
    const teller = new Teller({ ...identity, nowNs, source: 'lnd-rpc' });
    return { observations: inTimeOrder(jsonObservations(surveyed, teller, ports)), tally };
  },
};
