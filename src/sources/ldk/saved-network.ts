/**
 * A simulated network on disk, so that it can go on in another process: the blocks, a line each, and one
 * document with everything else. The document is replaced as a whole and says how many blocks belong to it:
 * a crash between the two leaves the moment before.
 */
import { appendFile, mkdir, open, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { doubleSha256 } from '../../lightning/hashes.ts';
import { Outpoint } from '../../lightning/ids.ts';
import { parseTransaction } from '../../lightning/transaction.ts';
import { WireReader } from '../../lightning/wire.ts';
import type { Block } from './chain.ts';
import { NodeDisk } from './disk.ts';
import type { NetworkOptions } from './network.ts';
import { SimulatedNetwork } from './network.ts';
import type { RandomnessState } from './random.ts';
import { Randomness } from './random.ts';

const DOCUMENT = 'network.json';
const BLOCKS = 'blocks.txt';
const VERSION = 1;
/** Node keys are in it. */
const PRIVATE = 0o600;

interface SavedNode {
  readonly name: string;
  readonly minFundingSat: string;
  readonly anchors: boolean;
  readonly nextSeq: number;
  readonly starts: number;
  readonly manager: string;
  readonly networkGraph: string;
  readonly monitors: readonly {
    readonly fundingOutpoint: string;
    readonly snapshot: string;
    readonly updates: readonly string[];
  }[];
}

interface SavedNetwork {
  readonly version: number;
  readonly randomness: RandomnessState;
  readonly feeratePerKw: number;
  readonly time: number;
  readonly minedEver: number;
  readonly height: number;
  /** How far the file of blocks belongs to this document. */
  readonly blockBytes: number;
  readonly mempool: readonly string[];
  readonly nodes: readonly SavedNode[];
}

export class NetworkStore {
  readonly #directory: string;
  /** What the file of blocks holds. */
  #savedHeight = 0;
  #blockBytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Only at a quiet point: nothing may be on the way between the nodes. */
  async save(network: SimulatedNetwork): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.#appendBlocks(network.chain.blocksAfter(this.#savedHeight));
    const document = JSON.stringify(this.#document(network));
    const temporary = join(this.#directory, `${DOCUMENT}.new`);
    const file = await open(temporary, 'w', PRIVATE);
    try {
      await file.writeFile(document);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(this.#directory, DOCUMENT));
  }

  /** The network with its nodes started again but not connected; undefined where none was saved. */
  async load(options: NetworkOptions): Promise<SimulatedNetwork | undefined> {
    const saved = await this.#read();
    if (saved === undefined) return undefined;
    const randomness = Randomness.restore(saved.randomness);
    const network = await SimulatedNetwork.resume(options, randomness, saved.time);
    network.feeMarket.set(saved.feeratePerKw);
    await this.#readBlocks(network, saved);
    network.chain.minedEver = saved.minedEver;
    for (const raw of saved.mempool) network.chain.submit(hexToBytes(raw));
    for (const node of saved.nodes) restart(network, node);
    return network;
  }

  async #read(): Promise<SavedNetwork | undefined> {
    const path = join(this.#directory, DOCUMENT);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const document: unknown = JSON.parse(text);
    if (!isSavedNetwork(document)) {
      throw new Error(`${path} is not a network saved by this release: remove it to start anew`);
    }
    return document;
  }

  async #readBlocks(network: SimulatedNetwork, saved: SavedNetwork): Promise<void> {
    const path = join(this.#directory, BLOCKS);
    await truncate(path, saved.blockBytes);
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    for (const [index, line] of lines.entries()) network.chain.append(blockOf(line, index + 1));
    if (network.chain.height !== saved.height) {
      throw new Error(`${path} expected ${saved.height} blocks, got ${network.chain.height}`);
    }
    this.#savedHeight = saved.height;
    this.#blockBytes = saved.blockBytes;
  }

  async #appendBlocks(blocks: readonly Block[]): Promise<void> {
    const path = join(this.#directory, BLOCKS);
    if (this.#savedHeight === 0) await writeFile(path, '', { mode: PRIVATE });
    const text = blocks.map((block) => `${blockLine(block)}\n`).join('');
    await appendFile(path, text, { flush: true });
    this.#savedHeight += blocks.length;
    this.#blockBytes += Buffer.byteLength(text);
  }

  #document(network: SimulatedNetwork): SavedNetwork {
    return {
      version: VERSION,
      randomness: network.randomness.state,
      feeratePerKw: network.feeMarket.feeratePerKwNow,
      time: Number(network.clock.now() / 1_000_000_000n) + 1,
      minedEver: network.chain.minedEver,
      height: this.#savedHeight,
      blockBytes: this.#blockBytes,
      mempool: network.chain.mempool.transactions().map(({ raw }) => bytesToHex(raw)),
      nodes: network.nodes.map((node) => {
        node.persistAll();
        const { name, disk, config, recorder } = node.identity;
        return {
          name,
          minFundingSat: config.minFundingSat.toString(),
          anchors: config.anchors,
          nextSeq: recorder.nextSeq,
          starts: disk.starts,
          manager: bytesToHex(disk.manager ?? new Uint8Array(0)),
          networkGraph: bytesToHex(disk.networkGraph ?? new Uint8Array(0)),
          monitors: [...disk.monitors].map(([fundingOutpoint, { snapshot, updates }]) => ({
            fundingOutpoint,
            snapshot: bytesToHex(snapshot),
            updates: updates.map(bytesToHex),
          })),
        };
      }),
    };
  }
}

function restart(network: SimulatedNetwork, saved: SavedNode): void {
  const disk = new NodeDisk();
  disk.starts = saved.starts;
  disk.manager = hexToBytes(saved.manager, 'manager');
  disk.networkGraph = hexToBytes(saved.networkGraph, 'network graph');
  for (const { fundingOutpoint, snapshot, updates } of saved.monitors) {
    disk.monitors.set(Outpoint(fundingOutpoint), {
      snapshot: hexToBytes(snapshot, 'monitor'),
      updates: updates.map((update) => hexToBytes(update, 'monitor update')),
    });
  }
  const config = { minFundingSat: BigInt(saved.minFundingSat), anchors: saved.anchors };
  network.restartNode(network.identity(saved.name, disk, saved.nextSeq, config));
}

function blockLine({ header, transactions }: Block): string {
  return [header, ...transactions.map(({ raw }) => raw)].map(bytesToHex).join(' ');
}

function blockOf(line: string, height: number): Block {
  const [header = new Uint8Array(0), ...raws] = line.split(' ').map((hex) => hexToBytes(hex));
  const reader = new WireReader(header, `block ${height}`);
  reader.bytes(4 + 32 + 32); // version, previous block, merkle root
  return {
    height,
    header,
    hash: doubleSha256(header),
    time: reader.u32Le(),
    transactions: raws.map((raw) => ({ raw, parsed: parseTransaction(raw) })),
  };
}

/** The document is our own: its version is what can differ. */
function isSavedNetwork(document: unknown): document is SavedNetwork {
  return (
    typeof document === 'object' &&
    document !== null &&
    'version' in document &&
    document.version === VERSION
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
