/** The live sources there are. One that is added here is a subcommand of `record`. */
import type { LiveSourceEntry } from '../sources/live-source.ts';

export const liveSources: readonly LiveSourceEntry[] = [
  {
    name: 'ldk',
    summary: "the demo's network of LDK nodes, going on until stopped",
    options: [{ flags: '--seed <text>', description: 'fixed keys, for a network that is new' }],
    load: async () => (await import('../sources/ldk/live.ts')).ldkSource,
  },
  {
    name: 'electrum',
    summary: 'an Electrum wallet that is in use: what its file tells whenever it is written',
    options: [
      { flags: '--wallet <file>', description: 'the wallet file' },
      { flags: '--chain <name>', description: 'its chain, where the wallet does not name it' },
    ],
    load: async () => (await import('../sources/electrum/live.ts')).electrumSource,
  },
  {
    name: 'gossip',
    summary: "Core Lightning's gossip_store, as the node writes it",
    options: [
      {
        flags: '--file <path>',
        description: 'the gossip_store (~/.lightning/bitcoin/gossip_store)',
      },
      { flags: '--chain <name>', description: 'where the store is still empty' },
    ],
    takesNode: true,
    load: async () => (await import('../sources/gossip/live.ts')).gossipSource,
  },
  {
    name: 'lnd-json',
    summary: 'what lncli prints, read whenever its files are written anew',
    options: [
      { flags: '--folder <path>', description: 'the folder of its JSON files' },
      { flags: '--file <path>', description: 'or one such file' },
      { flags: '--chain <name>', description: 'its chain, likewise' },
    ],
    takesNode: true,
    load: async () => (await import('../sources/lnd/live.ts')).lndJsonSource,
  },
];
