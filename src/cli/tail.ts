/** `tail`: the raw events, one JSON document a line, each with the checkpoint to go on from. */
import type { Command } from 'commander';
import { eventLine } from '../ledger/event-line.ts';
import type { ReadFilter, StoredEvent } from '../store/event-store.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { knownTypes } from './known-types.ts';
import type { Ledger } from './ledger-port.ts';
import { interruption, withLedger } from './open.ts';
import { addTypeOption, narrowedBy, optionsOf, queryOf } from './options.ts';

interface TailOptions {
  readonly after?: string;
  readonly follow?: boolean;
  readonly type?: readonly string[];
}

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, ['node', 'source']);
  addTypeOption(command, 'only events of this type; may be repeated');
  command
    .option('--after <checkpoint>', 'only what came after this one; from the start without')
    .option('--follow', 'wait for what comes, until Ctrl-C')
    .addHelpText('after', '\nExample: channel-ledger tail --after 1234 --follow')
    .action(async () => {
      const options = optionsOf<TailOptions>(command);
      assertCheckpoint(options.after);
      await knownTypes(options.type, 'any');
      await withLedger(cli, options, 'read', async (ledger) => {
        await refuseBeyondEnd(ledger, options.after);
        const { nodeId, source } = queryOf(options, ledger, { isOneChannel: false });
        const isWanted = await wantedStreams(nodeId, source);
        for await (const event of eventsAsked(ledger, options, cli.signal)) {
          if (!isWanted(event.stream)) continue;
          await cli.out.streamLine(eventLine(event, ledger.store.checkpointOf(event)));
        }
        if (cli.signal.aborted) throw interruption(cli.signal);
      });
    });
}

/** As lines of `tail` and of the library's changes name them. */
function assertCheckpoint(after: string | undefined): void {
  if (after === undefined || /^(0|[1-9][0-9]{0,15})$/.test(after)) return;
  throw new UsageError(
    `--after takes a checkpoint as "tail" prints it, a whole number such as 1234, not "${after}"`,
  );
}

/** Waiting there would let events pass unseen until the ledger has grown so far. */
async function refuseBeyondEnd({ store }: Ledger, after: string | undefined): Promise<void> {
  const newest = (await store.lastCheckpoint()) ?? '0';
  if (after === undefined || !/^[0-9]+$/.test(newest) || Number(after) <= Number(newest)) return;
  throw new UsageError(
    `there is no checkpoint ${after}: the newest event of this ledger has checkpoint ${newest}`,
  );
}

function eventsAsked(
  { store }: Ledger,
  { after, follow, type }: TailOptions,
  signal: AbortSignal,
): AsyncIterable<StoredEvent> {
  const filter: ReadFilter | undefined = type && { types: type };
  return follow ? store.subscribe(after, filter, signal) : store.readAll(after, filter);
}

/** Loaded late: with the names of streams come the schemas of all events. */
async function wantedStreams(
  nodeId?: string,
  source?: string,
): Promise<(stream: string) => boolean> {
  if (nodeId === undefined && source === undefined) return () => true;
  const { parseStream } = await import('../ledger/streams.ts');
  return (stream) => {
    const name = parseStream(stream);
    const isNode = nodeId === undefined || name?.nodeId === nodeId;
    return isNode && (source === undefined || name?.source === source);
  };
}
