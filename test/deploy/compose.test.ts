/**
 * The compose files and the Dockerfile, read and not run: there is no container engine where the tests
 * run. The compose specification's schema is in no package, so what matters is asked for one by one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commands } from '../../src/cli/commands.ts';
import { parseClusterAddress } from '../../src/store/eventstoredb/address.ts';
import { readYaml, type Yaml } from './yaml-subset.ts';

const deployed = suite('the containers');
const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Readonly<Record<string, string>> & {
  readonly devDependencies: Readonly<Record<string, string>>;
};

type Service = Readonly<Record<string, Yaml | undefined>>;

function mapOf(value: Yaml | undefined): Readonly<Record<string, Yaml>> {
  assert.ok(typeof value === 'object' && !Array.isArray(value), 'a map is expected');
  return value as Readonly<Record<string, Yaml>>;
}

function textsOf(value: Yaml | undefined): readonly string[] {
  const list = Array.isArray(value) ? (value as readonly Yaml[]) : [];
  return list.map(String);
}

function servicesOf(file: string): Readonly<Record<string, Service>> {
  const services = mapOf(mapOf(readYaml(read(file))).services);
  return Object.fromEntries(Object.entries(services).map(([name, each]) => [name, mapOf(each)]));
}

const files = ['docker-compose.yml', 'docker-compose.dev.yml'];
/** Keys of the compose specification that are used here; a mistyped one is none of them. */
const SERVICE_KEYS = new Set(
  'build command depends_on entrypoint environment healthcheck image ports restart user volumes'.split(
    ' ',
  ),
);

for (const file of files) {
  deployed(`${file} is short and has no key that compose does not know`, () => {
    assert.ok(read(file).split('\n').length <= 130);
    const top = Object.keys(mapOf(readYaml(read(file)))).filter((key) => !key.startsWith('x-'));
    assert.equal(top, ['services', 'volumes']);
    for (const [name, service] of Object.entries(servicesOf(file))) {
      const unknown = Object.keys(service).filter((key) => !SERVICE_KEYS.has(key));
      assert.equal(unknown, [], name);
    }
  });

  deployed(`${file} names every image with a version`, () => {
    for (const [name, { image }] of Object.entries(servicesOf(file))) {
      assert.match(String(image), /^[a-z0-9./-]+:\d+(\.\d+)+$/, name);
    }
  });

  deployed(`${file} declares the volumes that it uses, and no other`, () => {
    const declared = Object.keys(mapOf(mapOf(readYaml(read(file))).volumes));
    const used = Object.values(servicesOf(file)).flatMap(({ volumes }) => textsOf(volumes));
    for (const volume of used) assert.match(volume, /^[a-z0-9-]+:\/[a-z0-9/-]+(:ro)?$/);
    assert.equal([...new Set(used.map((each) => each.split(':')[0]))].sort(), [...declared].sort());
  });

  deployed(`${file} asks every node whether it lives`, () => {
    for (const [name, service] of Object.entries(servicesOf(file))) {
      if (!String(service.image).includes('/kurrentdb:')) continue;
      const { test } = mapOf(service.healthcheck);
      assert.match(textsOf(test).join(' '), 'localhost:2113/health/live', name);
    }
  });
}

deployed(
  'the cluster is three nodes that know each other, with TLS and passwords of their own',
  () => {
    const services = servicesOf('docker-compose.yml');
    const names = ['node1', 'node2', 'node3'];
    for (const name of names) {
      const environment = mapOf(services[name]?.environment);
      const others = names.filter((other) => other !== name).map((other) => `${other}:2113`);
      assert.is(environment.KURRENTDB_GOSSIP_SEED, others.join(','));
      assert.is(environment.KURRENTDB_NODE_HOST_ADVERTISE_AS, name);
      assert.is(environment.KURRENTDB_CLUSTER_SIZE, '3');
      assert.is(environment.KURRENTDB_INSECURE, undefined);
      assert.match(String(environment.KURRENTDB_DEFAULT_ADMIN_PASSWORD), '{ADMIN_PASSWORD:?');
      assert.is(services[name]?.ports, undefined, 'nothing is reached from outside');
      assert.match(
        textsOf(services[name]?.volumes).join(' '),
        `${name}-certificate:/certs/node:ro`,
      );
    }
  },
);

deployed(
  'the authority’s key is in one service only, and that one ends before the nodes begin',
  () => {
    for (const [name, service] of Object.entries(servicesOf('docker-compose.yml'))) {
      const hasAuthority = textsOf(service.volumes).some((each) => each.startsWith('authority:'));
      assert.is(hasAuthority, name === 'certificates');
      if (!name.startsWith('node')) continue;
      const { condition } = mapOf(mapOf(service.depends_on).certificates);
      assert.is(condition, 'service_completed_successfully');
    }
  },
);

deployed(
  'the recorder and the replica wait for all nodes and use addresses and commands that are',
  () => {
    const services = servicesOf('docker-compose.yml');
    for (const [name, key] of [
      ['recorder', 'CHANNEL_LEDGER'],
      ['replica', 'CLUSTER'],
    ] as const) {
      const service = services[name] ?? {};
      assert.equal(Object.keys(mapOf(service.depends_on)), ['node1', 'node2', 'node3']);
      const address = String(mapOf(service.environment)[key]).replace(/\$\{[A-Z_]+\}/, 'secret1');
      const { hosts, ledger } = parseClusterAddress(address);
      assert.equal(hosts, ['node1:2113', 'node2:2113', 'node3:2113']);
      assert.is(ledger, 'main');
      const words = [...textsOf(service.command), ...textsOf(service.entrypoint)]
        .join(' ')
        .split(' ');
      assert.ok(
        commands.some((command) => words.includes(command.name)),
        words.join(' '),
      );
    }
  },
);

deployed('the node to try is reached from this machine alone', () => {
  const { kurrentdb } = servicesOf('docker-compose.dev.yml');
  assert.equal(textsOf(kurrentdb?.ports), ['127.0.0.1:2113:2113']);
  assert.is(mapOf(kurrentdb?.environment).KURRENTDB_INSECURE, 'true');
});

deployed(
  'the image runs the Node of the tests as nobody in particular, and says whether it lives',
  () => {
    const lines = read('Dockerfile').split('\n');
    const images = lines
      .filter((line) => line.startsWith('FROM '))
      .map((line) => line.split(' ')[1]);
    for (const image of images)
      assert.match(String(image), `node:${manifest.devDependencies.node}-`);
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
    assert.ok(last.includes('USER node'));
    assert.ok(last.some((line) => line.startsWith('HEALTHCHECK ')));
    assert.match(read('Dockerfile'), 'mv /ldk node_modules/lightningdevkit');
    const services = servicesOf('docker-compose.yml');
    assert.is(services.recorder?.image, `channel-ledger:${manifest.version}`);
  },
);

deployed('what the Dockerfile copies is sent to be built, and no ledger or key is', () => {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.is(rules[0], '*');
  const sent = rules.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copies = read('Dockerfile')
    .split('\n')
    .filter((line) => /^COPY (?!--from)/.test(line));
  for (const path of copies.flatMap((line) => line.split(' ').slice(1, -1))) {
    assert.ok(
      sent.some((each) => path === each || path.startsWith(`${each}/`)),
      path,
    );
  }
  for (const secret of ['**/*.db', '**/*.keys', '**/*.key', '**/.env*']) {
    assert.ok(rules.indexOf(secret) > rules.findLastIndex((line) => line.startsWith('!')), secret);
  }
});

deployed('the reader of these tests refuses what it does not know', () => {
  for (const text of [
    'a: yes',
    'a: 3',
    'a: b: c',
    'a: *none',
    'a: 1\na: 2',
    'a:\n',
    'a: >\n  b',
    'a: [b, [c]]',
  ]) {
    assert.throws(() => readYaml(text), undefined, text);
  }
  assert.equal(readYaml('x: &x\n  a: "1"\n  b: two\ny:\n  <<: *x\n  b: [c, "d,e"]\nz: { f: g }'), {
    x: { a: '1', b: 'two' },
    y: { a: '1', b: ['c', 'd,e'] },
    z: { f: 'g' },
  });
});

deployed.run();
