/** Managing projections of a cluster: the client's calls, with what they leave out put right. */
import { parseClusterAddress } from './address.ts';
import { Cluster } from './cluster.ts';
import { ClusterTrouble } from './trouble.ts';

export interface ProjectionState {
  readonly name: string;
  readonly status: string;
  readonly reason: string;
  readonly progress: number;
}

export interface ProjectionHost {
  readonly ledger: string | undefined;
  find(name: string): Promise<ProjectionState | undefined>;
  create(name: string, text: string): Promise<void>;
  update(name: string, text: string): Promise<void>;
  enable(name: string): Promise<void>;
  disable(name: string): Promise<void>;
  /** With its links, its states and its checkpoints. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export function openProjectionHost(text: string): ProjectionHost {
  const address = parseClusterAddress(text);
  const cluster = new Cluster(address);
  return {
    ledger: address.ledger,
    async find(name) {
      try {
        // For a name that it does not know a server may also send nothing at all.
        const found = await cluster.manage((client) => client.getProjectionStatus(name));
        if ((found as typeof found | undefined) === undefined) return undefined;
        const { status, stateReason, progress } = found;
        return { name, status, reason: stateReason, progress };
      } catch (cause) {
        if (isNotFound(cause)) return undefined;
        throw cause;
      }
    },
    create(name, query) {
      const options = { emitEnabled: true, trackEmittedStreams: true };
      return cluster.manage((client) => client.createProjection(name, query, options));
    },
    update: (name, query) =>
      cluster.manage((client) => client.updateProjection(name, query, { emitEnabled: true })),
    enable: (name) => cluster.manage((client) => client.enableProjection(name)),
    disable: (name) => cluster.manage((client) => client.disableProjection(name)),
    async remove(name) {
      // The server leaves what it keeps for each stream, and a new projection of the same name would
      // go on from there, or fault over it. Before the projection, so that it can be done again.
      for (const stream of await cluster.streamNames(`$projections-${name}-`)) {
        if (isOfOneStream(stream, name))
          await cluster.manage((client) => client.deleteStream(stream));
      }
      const options = {
        deleteEmittedStreams: true,
        deleteStateStream: true,
        deleteCheckpointStream: true,
      };
      await cluster.manage((client) => client.deleteProjection(name, options));
    },
    close: () => cluster.close(),
  };
}

/** Not the projection's own two, which the server deletes and has to find. */
function isOfOneStream(stream: string, name: string): boolean {
  return !/^(?:checkpoint|emittedstreams(?:-checkpoint)?)$/.test(
    stream.slice(`$projections-${name}-`.length),
  );
}

/** Older servers say it in a sentence of their own workings ("…, received NotFound instead"). */
function isNotFound(cause: unknown): boolean {
  if (!(cause instanceof ClusterTrouble)) return false;
  const { cause: reason } = cause;
  const own = reason instanceof Error ? reason.message : '';
  return /not ?found/i.test(`${cause.message} ${own}`);
}
