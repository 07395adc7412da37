/** What lncli printed, kept in files: read twice, each time one record after another. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { FIRST_ALIAS_HEIGHT } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import { ImportError } from '../../importer.ts';
import type { Known } from '../../known.ts';
import type { Tally } from '../../tally.ts';
import type { ChannelNames } from '../channel-names.ts';
import type { Claim } from '../identity.ts';
import { chainOfNetwork } from '../identity.ts';
import { notBefore, type Teller, told } from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import { borderSeconds, ForwardPlaces, type Page } from './equal-forwards.ts';
import { equalForwardsOf, pagesOf } from './pages.ts';
import { isUnreadList, LISTS } from './records.ts';
import { jsonItems } from './stream.ts';
import { FileSurvey, isBlockTold, survey } from './survey.ts';
import { toldForwards } from './told-forwards.ts';
import { Translation, type TranslationPorts } from './translation.ts';

const CHUNK_BYTES = 1 << 18;

/** Of no answer that lncli prints; what one of its lists leaves out is said where it is read. */
const CANNOT_TELL = [
  'commitments, their transactions and signatures, and what either end has revoked: no answer has them',
  'HTLCs that are gone, but for those of payments, invoices and forwards: listchannels has pending ones',
  'forwards and payments of others that failed: fwdinghistory has those that were paid',
  'what a policy was before: describegraph has the newest of each side',
  'when the answers were given, where no getinfo is with them, and when a block was found: both are placed between known times, with their bounds',
] as const;

const UNDATED =
  'when answers were given that name no time: import them together with getinfo of the same moment';

const UNNUMBERED =
  'whether forwards that are equal within a second are several, where pages of fwdinghistory are kept without their last_offset_index: what each page holds is counted, and pages share what is equal';
const UNDECIDED =
  'whether forwards that are equal within a second are several, on pages of fwdinghistory that do not follow one another: they are counted once until the pages between are imported, and then these again';

export interface JsonPorts {
  readonly times: ToldBlocks;
  readonly names: ChannelNames;
  readonly tally: Tally;
  readonly nowNs: bigint;
  readonly signal: AbortSignal;
  readonly known?: Known | undefined;
  /** Bytes that were read since it was called last. */
  readonly onBytes: (bytes: number) => void;
}

export interface SurveyedFile {
  readonly path: string;
  readonly survey: FileSurvey;
}

/** The first pass. Throws an ImportError where a file is no JSON. */
export async function surveyFiles(
  paths: readonly string[],
  ports: JsonPorts,
): Promise<readonly SurveyedFile[]> {
  const files: SurveyedFile[] = [];
  for (const path of paths) {
    const file = new FileSurvey();
    await inFile(path, async () => {
      for await (const item of jsonItems(chunksOf(path, ports), isAskedFor)) {
        survey(file, item, ports);
      }
    });
    const { headerNs = ports.nowNs + 1n } = file;
    if (file.blockHeight !== undefined && headerNs <= ports.nowNs) {
      const isTold = isBlockTold(file);
      ports.times.addBlock(file.blockHeight, headerNs, isTold ? undefined : 'lnd-rpc');
    }
    files.push({ path, survey: file });
  }
  return files;
}

/** Throws an ImportError where a file is not one whole JSON document, a CutOff where it ends in its middle. */
export async function assertWhole(path: string, ports: JsonPorts): Promise<void> {
  for await (const _ of jsonItems(chunksOf(path, ports), isAskedFor));
}

export function claimOf({ path, survey: { nodeId, network } }: SurveyedFile): Claim {
  return { file: basename(path), nodeId, chain: chainOfNetwork(network) };
}

/** The second pass. */
export async function* jsonObservations(
  files: readonly SurveyedFile[],
  teller: Teller,
  ports: JsonPorts,
): AsyncGenerator<Observation, void, undefined> {
  for (const sentence of CANNOT_TELL) ports.tally.cannotTell(sentence);
  const places = placesOf(pagesOf(files.map(({ survey: file }) => file)), teller, ports);
  for (const { path, survey: file } of files) {
    const given = givenAt(file, files, ports);
    if (!given.isDated) ports.tally.cannotTell(UNDATED);
    const translation = new Translation({
      ...ports,
      ...given,
      known: ports.known,
      teller,
      file: basename(path),
      equalForwards: equalForwardsOf(file, places),
    });
    yield* translation.ofFile(file);
    const items = jsonItems(chunksOf(path, ports), isAskedFor);
    for (;;) {
      const next = await inFile(path, () => items.next());
      if (next.done) break;
      yield* translation.of(next.value);
    }
  }
}

function placesOf(
  pages: readonly Page[],
  teller: Teller,
  { tally, known }: JsonPorts,
): ForwardPlaces {
  const isUnnumbered = ({ numbers, seconds }: Page) =>
    numbers === undefined && seconds.first !== undefined;
  if (pages.some(isUnnumbered)) tally.cannotTell(UNNUMBERED);
  const told = toldForwards(teller, known, borderSeconds(pages));
  return new ForwardPlaces(pages, told, () => tally.cannotTell(UNDECIDED));
}

type Given = Pick<TranslationPorts, 'given' | 'isDated'>;

const isAskedFor = (name: string) => LISTS.has(name) || isUnreadList(name);

/**
 * When the answers were given, at the earliest: no record of theirs is later. The newest block that getinfo
 * names beside them, or the latest time that one of them tells; with neither, the newest block they name,
 * which dates hardly anything. What the clock says now is no part of it: the same answers must stand at the
 * same moment whenever they are imported.
 */
function givenAt(file: FileSurvey, all: readonly SurveyedFile[], { times }: JsonPorts): Given {
  const asked = all.filter(({ survey: { headerNs } }) => headerNs !== undefined);
  const info = file.headerNs === undefined && asked.length === 1 ? asked[0]?.survey : file;
  const headerNs = info?.headerNs ?? 0n;
  const latestNs = headerNs > file.latestNs ? headerNs : file.latestNs;
  const height = info?.blockHeight ?? file.highestBlock;
  const isHeight = height > 0 && height < FIRST_ALIAS_HEIGHT;
  const isDated = latestNs > 0n;
  const at = notBefore(isDated ? told(latestNs) : times.at(isHeight ? height : 0));
  const block = info?.blockHeight === undefined ? {} : { blockHeight: info.blockHeight };
  return { given: { ...at, ...block }, isDated };
}

async function* chunksOf(
  path: string,
  { signal, onBytes }: JsonPorts,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await open(path, 'r');
  // One for all: what is read in small pieces of memory of its own stays until it is collected.
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    onBytes(bytesRead);
  }
}

/** The reader knows the byte, and only here is it known of which file. */
async function inFile<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    throw new ImportError(`${path} ${error.message}`, { cause: error });
  }
}
