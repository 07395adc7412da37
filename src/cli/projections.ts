/** `projections deploy|status|remove`: JavaScript inside EventStoreDB that links events for others. */
import { Argument, type Command } from 'commander';
import type { ProjectionReport, ServerProjections } from '../ledger/server-projections.ts';
import type { Cli } from './cli.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import { isCluster, untilInterrupted } from './open.ts';
import { type CommonOptions, ledgerPath, optionsOf } from './options.ts';

const ACTIONS = ['deploy', 'status', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

export function define(command: Command, cli: Cli): void {
  command
    .addArgument(
      new Argument('<action>', 'put them there, ask how they are, take them away').choices(ACTIONS),
    )
    .addHelpText(
      'after',
      '\nLinks every event of a channel into by-peer-<peerId>, closes into closes, fee changes into\n' +
        'fee-changes; remove takes the links away with them. Needs the rights of $ops, remove those of\n' +
        '$admins.\n' +
        '\nExample: channel-ledger projections deploy --ledger "esdb://localhost:2113?tls=false"',
    )
    .action(async (action: Action) => {
      const options = optionsOf<CommonOptions>(command);
      const address = ledgerPath(options, cli);
      if (!isCluster(address)) {
        throw new UsageError(
          'projections run in a cluster: name one with --ledger esdb://HOST:PORT',
        );
      }
      const { openServerProjections } = await import('../ledger/server-projections.ts');
      const projections = openServerProjections(address);
      try {
        await untilInterrupted(cli.signal, done(action, projections, options, cli));
      } finally {
        await projections.close();
      }
    });
}

async function done(
  action: Action,
  projections: ServerProjections,
  { json }: CommonOptions,
  cli: Cli,
): Promise<void> {
  if (action === 'remove') {
    const removed = await projections.remove();
    cli.out.line(
      json ? jsonDocument({ removed }) : `${counted(removed.length, 'projection')} removed`,
    );
    return;
  }
  const reports = await (action === 'deploy' ? projections.deploy() : projections.status());
  if (json) cli.out.line(jsonDocument(reports));
  else for (const report of reports) cli.out.line(cli.out.style.text(lineOf(report)));
  if (!reports.every(({ status }) => status.startsWith('Running'))) throw new AnswerIsNo();
}

function lineOf({ name, status, reason, progress }: ProjectionReport): string {
  // It knows none before it has read something, and says -1.
  const isKnown = status !== 'missing' && progress >= 0;
  const state = isKnown ? `${status}, ${Math.floor(progress)} %` : status;
  return `${name}: ${state}${reason === '' ? '' : ` (${reason})`}`;
}
