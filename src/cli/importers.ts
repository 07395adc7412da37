/** The importers there are. One that is added here is a subcommand of `import`. */
import type { ImporterEntry } from '../sources/importer.ts';

export const importers: readonly ImporterEntry[] = [
  {
    name: 'lnd',
    summary: "lnd's channel.db, what lncli prints as JSON, and its logs",
    reads: 'a channel.db, JSON that lncli prints, or lnd.log',
    example: 'import lnd ~/.lnd/data/graph/mainnet/channel.db --node 02…',
    load: async () => (await import('../sources/lnd/importer.ts')).lndImporter,
  },
  {
    name: 'cln',
    summary: "Core Lightning's lightningd.sqlite3 and accounts.sqlite3, and the JSON of its lists",
    reads:
      'lightningd.sqlite3, accounts.sqlite3, or what "lightning-cli listpeerchannels" and the like print',
    example: 'import cln ~/.lightning/bitcoin/lightningd.sqlite3',
    load: async () => (await import('../sources/cln/importer.ts')).clnImporter,
  },
  {
    name: 'electrum',
    summary: 'a wallet file of Electrum that is not encrypted: its channels and their update log',
    reads: 'a wallet file of Electrum',
    example: 'import electrum ~/.electrum/wallets/default_wallet',
    load: async () => (await import('../sources/electrum/importer.ts')).electrumImporter,
  },
  {
    name: 'gossip',
    summary: "Core Lightning's gossip_store: what the network was told, every signature checked",
    reads: 'a gossip_store from its first byte on, which is its version',
    example: 'import gossip ~/.lightning/bitcoin/gossip_store --node 02…',
    options: [{ flags: '--follow', description: 'go on as the store grows, until Ctrl-C' }],
    load: async () => (await import('../sources/gossip/importer.ts')).gossipImporter,
  },
  {
    name: 'chain',
    summary: 'transactions and blocks of its channels, as bitcoin-cli and lncli print them',
    reads:
      'what "bitcoin-cli getrawtransaction TXID 2", getblockheader and "lncli listchaintxns" print',
    example: 'import chain chain.json',
    load: async () => (await import('../sources/chain/importer.ts')).chainImporter,
  },
];
