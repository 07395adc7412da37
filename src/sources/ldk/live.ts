/**
 * `record ldk`: the demo's network going on until it is stopped, and later from where it stopped. The
 * translators' memory is kept beside the network, saved before what they told is handed out.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import type { LiveContext, LiveRun, LiveSource } from '../live-source.ts';
import { DEMO_CHAIN } from './demo.ts';
import { loadLdk } from './load.ts';
import { openTraffic, type Traffic } from './traffic.ts';
import { LDK_SOURCE } from './translate/header.ts';
import { LdkTranslator, type TranslatorMemory } from './translate/translator.ts';

export const ldkSource: LiveSource = {
  async prepare() {
    await loadLdk();
  },
  async start({ signal, options, stateDirectory }: LiveContext): Promise<LiveRun> {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const { seed } = options;
    const traffic = await openTraffic({
      stateDirectory,
      signal,
      ...(seed !== undefined && { seed }),
    });
    const chain = chainOf(traffic);
    const nodes = traffic.nodes.map(({ id, name }) => {
      return { chain, nodeId: id, source: LDK_SOURCE, alias: name };
    });
    const file = join(stateDirectory, 'translators.bin');
    return { nodes, observations: observe(traffic, chain, file) };
  },
};

/**
 * Every simulated network has a chain of its own, and short channel ids that others have too: its name
 * keeps the gossip of two networks in one ledger apart.
 */
function chainOf({ nodes }: Traffic): string {
  const [first] = nodes.map(({ id }) => id).sort();
  return `${DEMO_CHAIN}${first?.slice(2, 10) ?? ''}`;
}

async function* observe(
  traffic: Traffic,
  chain: string,
  file: string,
): AsyncGenerator<Observation> {
  const translators = readMemory(file);
  for await (const batch of traffic.batches()) {
    const told = batch.flatMap((record) => {
      const translator = translators.get(record.node) ?? new LdkTranslator(chain);
      translators.set(record.node, translator);
      return translator.translate(record);
    });
    writeMemory(file, translators);
    yield* told;
  }
}

function readMemory(file: string): Map<NodeId, LdkTranslator> {
  if (!existsSync(file)) return new Map();
  const saved = deserialize(readFileSync(file)) as ReadonlyMap<NodeId, TranslatorMemory>;
  const entries = [...saved].map(([node, memory]) => {
    return [node, new LdkTranslator(memory.chain, memory)] as const;
  });
  return new Map(entries);
}

/** In one step, so that a crash leaves the old memory or the new one. It holds preimages: 0600. */
function writeMemory(file: string, translators: ReadonlyMap<NodeId, LdkTranslator>): void {
  const memories = new Map([...translators].map(([node, each]) => [node, each.memory()]));
  writeFileSync(`${file}.new`, serialize(memories), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
