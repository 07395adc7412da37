/** `token create|list|revoke`: who may ask `serve` from elsewhere. */
import type { Command } from 'commander';
import { parseTimeNs, timeText } from '../schema/time.ts';
import type { Cli } from './cli.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { time } from './format.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { choiceOption, optionsOf } from './options.ts';

interface CreateOptions {
  readonly scope: 'read' | 'read+secrets';
  readonly expires?: string;
}

const LONGEST_NAME = 100;

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', '\nExample: channel-ledger token create dashboard');
  defineCreate(command, cli);
  const list = command.command('list').description('the tokens, without what they open');
  list.action(async () => {
    const options = optionsOf(list);
    await withLedger(cli, options, 'read', async ({ store }) => {
      const { isOver, listTokens } = await import('../http/tokens.ts');
      const tokens = listTokens(store).map((token) => ({ ...token, isExpired: isOver(token) }));
      if (options.json) return cli.out.line(jsonDocument(tokens));
      if (tokens.length === 0) return cli.out.line('no token');
      for (const { id, name, scope, createdAt, expiresAt, isExpired } of tokens) {
        const word = isExpired ? 'expired' : 'until';
        const until = expiresAt === undefined ? '' : `, ${word} ${time(expiresAt)}`;
        const shown = cli.out.style.text(name);
        cli.out.line(`${id}  ${scope}  ${shown} (since ${time(createdAt)}${until}, UTC)`);
      }
    });
  });
  const revoke = command.command('revoke').description('takes a token back, at once');
  revoke.argument('<id>', 'as "token list" shows it').action(async (id: string) => {
    const options = optionsOf(revoke);
    await withLedger(cli, options, 'write', async ({ store }) => {
      const { revokeToken } = await import('../http/tokens.ts');
      const isRevoked = revokeToken(store, id);
      if (options.json) cli.out.line(jsonDocument({ id, isRevoked }));
      else cli.out.line(isRevoked ? `token ${id} opens nothing any more` : `no token ${id}`);
      if (!isRevoked) throw new AnswerIsNo();
    });
  });
}

function defineCreate(command: Command, cli: Cli): void {
  const create = command
    .command('create')
    .description('makes one and prints it, this once: the ledger keeps only its hash')
    .argument('<name>', 'whom it is for')
    .addOption(
      choiceOption('--scope <scope>', 'what it opens', ['read', 'read+secrets']).default('read'),
    )
    .option('--expires <time>', 'opens nothing from then on; without, until it is revoked');
  create.action(async (name: string) => {
    const options = optionsOf<CreateOptions>(create);
    if (name.length > LONGEST_NAME) {
      throw new UsageError(`a name of more than ${LONGEST_NAME} letters is too long`);
    }
    const expiresAt = options.expires === undefined ? undefined : expiryOf(options.expires);
    await withLedger(cli, options, 'write', async ({ store }) => {
      const { createToken, isOver } = await import('../http/tokens.ts');
      if (expiresAt !== undefined && isOver({ expiresAt })) {
        throw new UsageError(`--expires ${options.expires} is past: the token would open nothing`);
      }
      const { scope } = options;
      const { token, view } = createToken(store, { name, scope, ...(expiresAt && { expiresAt }) });
      cli.out.line(options.json ? jsonDocument({ token, ...view }) : token);
    });
  });
}

function expiryOf(text: string): string {
  try {
    return timeText(parseTimeNs(text));
  } catch {
    throw new UsageError(`--expires takes a time like 2027-03-14, not "${text}"`);
  }
}
