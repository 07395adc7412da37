import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { arrows, checkArrows } from '../../scripts/check/arrows.ts';
import { importsOf } from '../../scripts/check/imports.ts';
import { viewsOf } from '../../scripts/check/mask.ts';
import { placesOf, planted } from './planted.ts';

const imports = suite('imports of a file');
const direction = suite('import arrows');

const targets = (...lines: readonly string[]) =>
  importsOf(planted('src/ledger/a.ts', ...lines)).map(({ target }) => target);

imports('are found however they are written', () => {
  assert.equal(targets("import { a } from '../store/b.ts';"), ['src/store/b.ts']);
  assert.equal(targets('import {', '  a,', '  type B,', "} from './c.ts';"), ['src/ledger/c.ts']);
  assert.equal(targets("import Type, { type T } from 'typebox';"), ['typebox']);
  assert.equal(targets("import * as assert from 'uvu/assert';"), ['uvu']);
  assert.equal(targets("import '@noble/hashes/sha2.js';"), ['@noble/hashes']);
  assert.equal(targets("export { a } from './d.ts';"), ['src/ledger/d.ts']);
  assert.equal(targets("const a = await import('./e.ts');"), ['src/ledger/e.ts']);
  assert.equal(targets("new URL('../cli/f.ts', import.meta.url);"), ['src/cli/f.ts']);
});

imports('are not found where they are only spoken of', () => {
  assert.equal(targets("// import { a } from './a.ts';"), []);
  assert.equal(targets('say("import { a } from \'./a.ts\'");'), []);
  assert.equal(targets("const from = 'a';", 'export const b = from;'), []);
});

imports('are known as types only where they are', () => {
  const only = (line: string) => importsOf(planted('a.ts', line))[0]?.isTypeOnly;
  assert.is(only("import type { A } from './a.ts';"), true);
  assert.is(only("import { type A, type B } from './a.ts';"), true);
  assert.is(only("import { type A, b } from './a.ts';"), false);
});

imports('comments, strings, templates and regular expressions are told apart', () => {
  const text = `a(/"x/, \`b\${c + "d"}e\`, "f"); // g\nconst h = i / j / k;`;
  const { code, comments, strings } = viewsOf(text);
  assert.is(code, `a(/  /, \` \${c + " "} \`, " ");     \nconst h = i / j / k;`);
  assert.is(comments.trim(), '// g');
  assert.is(strings.replaceAll(/\s/g, ''), '"xbdef');
  assert.is(viewsOf('return /a b/.test(c)').code, 'return /   /.test(c)');
});

/** Findings for a file that imports one thing. */
const broken = (path: string, specifier: string, word = 'import { a }') =>
  checkArrows([planted(path, `${word} from '${specifier}';`)]).map(
    ({ rule, detail }) => `${rule}: ${detail}`,
  );

direction('the page takes shapes of answers, and runs only what browsers can', () => {
  const rules = (...lines: readonly string[]) =>
    checkArrows([planted('src/page/parts/a.tsx', ...lines)]).map(({ rule }) => rule);
  assert.equal(rules("import type { A } from '../../ledger/view-types.ts';"), []);
  assert.equal(rules("import { formatDigits } from '../../lightning/amounts.ts';"), []);
  assert.equal(rules("import { useState } from 'preact/hooks';"), []);
  assert.equal(rules("import { openLedger } from '../../ledger/open-ledger.ts';"), ['arrow']);
  assert.equal(rules("import { Compile } from '../../schema/codec.ts';"), ['arrow']);
});

direction('a package of the page is imported by the page alone', () => {
  const found = checkArrows([planted('src/http/a.ts', "import { render } from 'preact';")]);
  assert.equal(
    found.map(({ rule }) => rule),
    ['one-place'],
  );
});

direction('every layer may import itself', () => {
  for (const layer of Object.keys(arrows)) {
    const path = layer === 'projections' ? 'projections/a.ts' : `src/${layer}/a.ts`;
    assert.equal(broken(path, './b.ts'), []);
  }
});

direction(
  'a layer may not import what uses it, and the finding names file, import and rule',
  () => {
    const [finding] = checkArrows([
      planted('src/channel/a.ts', '', "import { b } from '../ledger/b.ts';"),
    ]);
    assert.equal(finding, {
      path: 'src/channel/a.ts',
      line: 2,
      rule: 'arrow',
      detail: "imports '../ledger/b.ts': channel may import lightning, schema",
    });
  },
);

direction('is kept between every two layers', () => {
  const order = ['lightning', 'schema', 'channel', 'observation', 'projections', 'ledger', 'cli'];
  const pathOf = (layer: string) =>
    layer === 'projections' ? 'projections/b.ts' : `src/${layer}/b.ts`;
  for (const [index, from] of order.entries()) {
    for (const to of order.slice(index + 1)) {
      const up = from === 'projections' ? '../' : '../../';
      assert.is(broken(pathOf(from), `${up}${pathOf(to)}`).length, 1, `${from} imports ${to}`);
    }
  }
});

direction('aggregates do not know each other, nor do sources', () => {
  assert.is(broken('src/channel/a.ts', '../peer/b.ts').length, 1);
  assert.is(broken('src/sources/ldk/a.ts', '../lnd/b.ts').length, 1);
  assert.equal(broken('src/sources/ldk/a.ts', '../progress.ts'), []);
  assert.is(broken('src/sources/ldk/a.ts', '../../ledger/b.ts').length, 1);
});

direction('a store knows nothing of channels', () => {
  assert.equal(broken('src/store/sqlite/a.ts', '../event-store.ts'), []);
  assert.is(broken('src/store/a.ts', '../schema/codec.ts').length, 1);
});

direction('the command line sees the port of stores and the types of projections', () => {
  assert.equal(broken('src/cli/a.ts', '../store/event-store.ts'), []);
  assert.is(broken('src/cli/a.ts', '../store/sqlite/open.ts').length, 1);
  const row = '../../projections/channel-row.ts';
  assert.equal(broken('src/cli/a.ts', row, 'import type { a }'), []);
  assert.is(broken('src/cli/a.ts', row).length, 1);
});

direction('only the public index hands on what others export', () => {
  assert.equal(broken('src/index.ts', './ledger/ledger.ts', 'export *'), []);
  assert.is(broken('src/ledger/a.ts', './ledger.ts', 'export { a }').length, 1);
  assert.equal(broken('src/ledger/a.ts', './ledger.ts', 'export type { A }'), []);
});

direction('a folder that is not on the map is refused', () => {
  assert.is(broken('src/shiny/a.ts', '../ledger/a.ts').length, 1);
});

direction('what decides and folds does no input or output', () => {
  assert.is(broken('src/channel/a.ts', 'node:fs').length, 1);
  assert.is(broken('projections/a.ts', 'node:path').length, 1);
  assert.equal(broken('src/lightning/a.ts', 'node:crypto'), []);
  assert.equal(broken('src/ledger/a.ts', 'node:fs'), []);
});

direction('a package with a place of its own is imported there only', () => {
  assert.is(broken('src/ledger/a.ts', 'better-sqlite3').length, 1);
  assert.equal(broken('src/store/sqlite/a.ts', 'better-sqlite3'), []);
  assert.equal(broken('src/sources/cln/database.ts', 'better-sqlite3'), []);
  assert.is(broken('src/sources/cln/htlcs.ts', 'better-sqlite3').length, 1);
  assert.is(broken('src/ledger/a.ts', '@eventstore/db-client').length, 1);
});

direction(
  "the protocol's definitions are the gateway's and the adapter's, and the client is the adapter's alone",
  () => {
    const definitions = '@eventstore/db-client/generated/streams_pb.js';
    assert.equal(broken('src/gateway/a.ts', definitions), []);
    assert.equal(broken('src/gateway/a.ts', '@grpc/grpc-js'), []);
    assert.equal(broken('src/store/eventstoredb/a.ts', definitions), []);
    assert.is(broken('src/ledger/a.ts', definitions).length, 1);
    assert.is(broken('src/gateway/a.ts', '@eventstore/db-client').length, 1);
  },
);

direction('one file imports the client of EventStoreDB', () => {
  const client = (path: string) => planted(path, "import { a } from '@eventstore/db-client';");
  const [first, second] = ['src/store/eventstoredb/a.ts', 'src/store/eventstoredb/b.ts'].map(
    client,
  );
  assert.ok(first && second);
  assert.equal(checkArrows([first]), []);
  assert.equal(placesOf(checkArrows([first, second])), ['1 one-place']);
});

imports.run();
direction.run();
