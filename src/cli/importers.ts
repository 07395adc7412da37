/** The importers there are. One that is added here is a subcommand of `import`. */
import type { ImporterEntry } from '../sources/importer.ts';

export const importers: readonly ImporterEntry[] = [
  {
    name: 'gossip',
    summary: "Core Lightning's gossip_store: what the network was told, every signature checked",
    example: 'import gossip ~/.lightning/bitcoin/gossip_store --node 02…',
    options: [{ flags: '--follow', description: 'go on as the store grows, until Ctrl-C' }],
    load: async () => (await import('../sources/gossip/importer.ts')).gossipImporter,
  },
  {
    name: 'chain',
    summary: 'transactions and blocks of its channels, as bitcoin-cli and lncli print them',
    example: 'import chain chain.json',
    load: async () => (await import('../sources/chain/importer.ts')).chainImporter,
  },
];
