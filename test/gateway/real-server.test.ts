/** The gateway answers as a real server did, whose answers lie in fixtures/real; where not, it is said why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startGateway } from '../../src/gateway/gateway.ts';
import { selfSigned } from '../../src/gateway/self-signed.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { type Difference, differences } from './real/differences.ts';
import type { Plain } from './real/plain.ts';
import { type Exchange, RawServer } from './real/raw-server.ts';
import { answersOf, openSuites, type SuiteOfCases, securedSuites } from './real/suites.ts';

const real = suite('the gateway beside a real server');

const VERSION = '23.10.6';
const recorded = join(import.meta.dirname, '../fixtures/real', `eventstoredb-${VERSION}`);
const anything = { isWritable: true, accepts: 'anything', port: 0 } as const;

function answersOfReal(file: string): Record<string, Exchange> {
  return JSON.parse(readFileSync(join(recorded, `${file}.json`), 'utf8'));
}

type Gateways = Partial<Parameters<typeof startGateway>[0]>;

async function answersOfGateway(cases: SuiteOfCases, options: Gateways, authority?: string) {
  const store = new MemoryStore();
  const gateway = await startGateway({ store, ...anything, ...options });
  const target = `localhost:${gateway.port}`;
  try {
    const open = () => new RawServer({ target, ...(authority !== undefined && { authority }) });
    return await answersOf(cases, open);
  } finally {
    await gateway.close();
    await store.close();
  }
}

/** The differences that were found. */
const met = new Set<Difference>();

/** Without the members that a known difference names; one of them must differ, or it is none. */
function compared(name: string, ours: Exchange, theirs: Exchange): void {
  const [mine, real]: Plain[] = JSON.parse(JSON.stringify([ours, theirs]));
  for (const difference of differences) {
    if (!difference.of.test(name)) continue;
    const cuts = difference.paths.map((path) => [cut(mine, path), cut(real, path)]);
    assert.ok(
      cuts.some(([left, right]) => JSON.stringify(left) !== JSON.stringify(right)),
      `${name}: no longer a difference: ${difference.why}`,
    );
    met.add(difference);
  }
  assert.equal(mine, real, name);
}

/** Takes out what lies there, `*` for every member of a list. */
function cut(from: Plain | undefined, path: string): Plain[] {
  const [name = '', ...rest] = path.split('.');
  if (typeof from !== 'object') return [];
  if (Array.isArray(from)) {
    const members = name === '*' ? from : [from[Number(name)] ?? ''];
    if (rest.length > 0) return members.flatMap((member) => cut(member, rest.join('.')));
    return name === '*' ? from.splice(0) : from.splice(Number(name), 1);
  }
  if (rest.length > 0) return cut(from[name], rest.join('.'));
  const found = from[name];
  delete from[name];
  return found === undefined ? [] : [found];
}

for (const cases of openSuites) {
  real(`${cases.file}: every answer is the one that was recorded`, async () => {
    const [ours, theirs] = [await answersOfGateway(cases, {}), answersOfReal(cases.file)];
    assert.equal(Object.keys(ours), Object.keys(theirs));
    for (const [name, theirAnswer] of Object.entries(theirs)) {
      const own = ours[name];
      if (own !== undefined) compared(name, own, theirAnswer);
    }
  });
}

for (const cases of securedSuites) {
  real(`${cases.file}: whoever may not is refused as it was recorded`, async () => {
    const tls = selfSigned(['localhost']);
    const options = { tls, password: 'changeit' };
    const ours = await answersOfGateway(cases, options, tls.certificate);
    for (const [name, theirAnswer] of Object.entries(answersOfReal(cases.file))) {
      const own = ours[name];
      assert.ok(own, name);
      compared(name, own, theirAnswer);
    }
  });
}

real(
  'every method that the gateway offers is the real server’s, with no feature that one lacks',
  async () => {
    const list = 'server: features';
    const server = openSuites.filter(({ file }) => file === 'server');
    for (const cases of server) {
      const [ours, theirs] = [await answersOfGateway(cases, {}), answersOfReal(cases.file)];
      const known = methodsOf(theirs[list]);
      for (const [method, features] of methodsOf(ours[list])) {
        const real = known.get(method);
        assert.ok(real, method);
        for (const feature of features) assert.ok(real.includes(feature), `${method} ${feature}`);
      }
    }
  },
);

function methodsOf(exchange: Exchange | undefined): Map<string, readonly string[]> {
  const text = JSON.stringify(exchange?.replies[0]);
  const { methodsList }: { methodsList: SupportedMethod[] } = JSON.parse(text);
  return new Map(
    methodsList.map(({ serviceName, methodName, featuresList }) => [
      `${serviceName}.${methodName}`,
      featuresList ?? [],
    ]),
  );
}

interface SupportedMethod {
  readonly serviceName: string;
  readonly methodName: string;
  readonly featuresList?: readonly string[];
}

real('every difference that is listed is one', () => {
  for (const difference of differences) assert.ok(met.has(difference), difference.why);
});

real.run();
