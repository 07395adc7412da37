/**
 * Imports go one way (ARCHITECTURE.md, the map). A layer that knew its users could not be read,
 * tested or changed without them, and a decision that could reach the disk would not stay pure.
 */
import { type Import, importsOf } from './imports.ts';
import { type Finding, findingAt, isProduct, isTypeScript, type TextFile } from './project.ts';

const BYTES = ['lightning', 'schema'];
const AGGREGATES = ['channel', 'peer', 'node', 'gossip'];
const FACTS = [...BYTES, ...AGGREGATES, 'observation'];

/** For each layer, what it may import besides itself. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  lightning: [],
  schema: ['lightning'],
  channel: BYTES,
  peer: BYTES,
  node: BYTES,
  gossip: BYTES,
  observation: [...BYTES, ...AGGREGATES],
  projections: FACTS,
  store: [],
  ledger: [...FACTS, 'projections', 'store'],
  sources: FACTS,
  gateway: [...FACTS, 'ledger', 'store'],
  http: [...FACTS, 'projections', 'ledger', 'store'],
  // In a browser: of the ledger and its server it knows the shapes of answers, and nothing that runs.
  page: ['lightning', 'schema', 'projections', 'ledger', 'http'],
  cli: [...FACTS, 'projections', 'ledger', 'sources', 'store', 'gateway', 'http'],
};

/** Layers that decide and fold: no input or output, no clock, no randomness. */
const PURE = new Set(['lightning', 'schema', ...AGGREGATES, 'observation', 'projections']);
const PURE_BUILTINS = new Set(['node:crypto']);

/** Packages that one place knows, so that replacing them stays a change of one place. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  '@eventstore/db-client': ['src/store/eventstoredb/'],
  '@grpc/grpc-js': ['src/gateway/'],
  // Ours, and another program's file that is read: neither may know the other.
  'better-sqlite3': ['src/store/sqlite/', 'src/sources/cln/database.ts'],
  lightningdevkit: ['src/sources/ldk/'],
  commander: ['src/cli/'],
  fastify: ['src/http/'],
  preact: ['src/page/'],
  '@preact/signals': ['src/page/'],
  uplot: ['src/page/'],
};

/** The client's package also ships the protocol's definitions: the gateway serves them, the adapter appends by them. */
const PROTOCOL = '@eventstore/db-client/generated/';
const PROTOCOL_PLACES = ['src/gateway/', 'src/store/eventstoredb/'];

/** Pure, with no import of Node's: what the page prints is spelled by what the commands print with. */
const RUNS_IN_BROWSERS = [
  'src/ledger/forensics/verdict-words.ts',
  'src/ledger/output-fates.ts',
  'src/ledger/untold-words.ts',
  'src/lightning/amounts.ts',
  'src/schema/time.ts',
];

const STORE_PORT = 'src/store/event-store.ts';
const BARREL = 'src/index.ts';

export function checkArrows(files: readonly TextFile[]): Finding[] {
  const product = files.filter((file) => isProduct(file) && isTypeScript(file));
  const each = product.flatMap((file) =>
    importsOf(file).flatMap((imported) => {
      const broken = brokenRule(file.path, imported);
      if (broken === undefined) return [];
      const [rule, why] = broken;
      return [findingAt(file, imported.index, rule, `imports '${imported.specifier}': ${why}`)];
    }),
  );
  return [...each, ...checkOneClient(product)];
}

type Broken = readonly [rule: string, why: string];

function brokenRule(path: string, imported: Import): Broken | undefined {
  if (path !== BARREL && imported.isReexport && !imported.isTypeOnly) {
    return ['one-barrel', `only ${BARREL} hands on what others export`];
  }
  return imported.isRelative ? brokenArrow(path, imported) : brokenPackage(path, imported);
}

function brokenArrow(path: string, { target, isTypeOnly }: Import): Broken | undefined {
  if (path === BARREL) return undefined;
  const from = layerOf(path);
  const to = layerOf(target);
  const allowed = arrows[from];
  if (allowed === undefined) return ['arrow', `${from} is no layer: add it to the map first`];
  if (to === from) return from === 'sources' ? brokenSource(path, target) : undefined;
  if (!allowed.includes(to)) {
    const list = allowed.length === 0 ? 'nothing but its own files' : allowed.join(', ');
    return ['arrow', `${from} may import ${list}`];
  }
  if ((from === 'cli' || from === 'http') && to === 'store' && target !== STORE_PORT) {
    return ['arrow', `${from} knows of stores only the port, ${STORE_PORT}`];
  }
  if (from === 'page' && !isTypeOnly && !RUNS_IN_BROWSERS.includes(target)) {
    return ['arrow', 'page takes types alone; what it runs must run in a browser'];
  }
  if (from === 'cli' && to === 'projections' && !isTypeOnly) {
    return ['arrow', 'cli takes types of projections; rows come through the ledger'];
  }
  return undefined;
}

/** One source knows nothing of another; what they share lies beside their folders. */
function brokenSource(path: string, target: string): Broken | undefined {
  const folderOf = (file: string) => file.split('/').slice(2, -1)[0];
  const from = folderOf(path);
  const to = folderOf(target);
  return from !== undefined && to !== undefined && from !== to
    ? ['arrow', `source ${from} may not import source ${to}`]
    : undefined;
}

function brokenPackage(path: string, { target, specifier }: Import): Broken | undefined {
  const places = specifier.startsWith(PROTOCOL) ? PROTOCOL_PLACES : PLACES[target];
  if (places !== undefined && !places.some((place) => path.startsWith(place))) {
    return ['one-place', `${target} is imported under ${places.join(' and ')} only`];
  }
  const layer = layerOf(path);
  if (PURE.has(layer) && target.startsWith('node:') && !PURE_BUILTINS.has(target)) {
    return ['pure-middle', `${layer} does no input or output`];
  }
  return undefined;
}

function checkOneClient(product: readonly TextFile[]): Finding[] {
  const name = '@eventstore/db-client';
  return product
    .flatMap((file) =>
      importsOf(file)
        .filter(({ target, specifier }) => target === name && !specifier.startsWith(PROTOCOL))
        .map(({ index }) => ({ file, index })),
    )
    .filter(({ file }, _, all) => file !== all[0]?.file)
    .map(({ file, index }) => findingAt(file, index, 'one-place', `one file imports ${name}`));
}

/** `src/channel/decide.ts` is of `channel`, `projections/…` of `projections`. */
function layerOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second : top;
}
