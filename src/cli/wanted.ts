/** `wanted`: the transactions and blocks that the ledger lacks, a line each, for a shell loop. */
import type { Command } from 'commander';
import type { WantedView } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { narrowedBy, optionsOf, queryOf } from './options.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, ['node']);
  command
    .addHelpText(
      'after',
      '\nA line each: "tx TXID", with the height of its block behind it where that is known, and "block HEIGHT".' +
        '\nGive what a Bitcoin node says of them to "import chain":' +
        '\n\n  channel-ledger wanted | while read -r what name height; do' +
        '\n    if [ "$what" = tx ]; then' +
        '\n      tx=$(bitcoin-cli getrawtransaction "$name" 2) || continue' +
        '\n      echo "$tx"; hash=$(echo "$tx" | jq -r .blockhash)' +
        '\n    else hash=$(bitcoin-cli getblockhash "$name"); fi' +
        '\n    bitcoin-cli getblock "$hash" 1' +
        '\n  done > chain.json' +
        '\n  channel-ledger import chain chain.json' +
        '\n\nA node without -txindex finds a transaction by its block:' +
        '\n  hash=$(bitcoin-cli getblockhash "$height")' +
        '\n  bitcoin-cli getrawtransaction "$name" 2 "$hash"',
    )
    .action(async () => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const all = ledger.wanted(queryOf(options, ledger, { isOneChannel: false }));
        if (options.json) return cli.out.line(jsonDocument(all));
        for (const one of all) await cli.out.streamLine(lineOf(one));
      });
    });
}

function lineOf(one: WantedView): string {
  if (one.what === 'block') return `block ${one.height}`;
  return one.height === undefined ? `tx ${one.txid}` : `tx ${one.txid} ${one.height}`;
}
