/** `/docs` tells all that `/openapi.json` tells of, and a browser may show it as it is. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { docsHtml } from '../../src/http/docs-page.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { withServer } from './served.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'docs' });
test.after(() => ledger.close());

test('every route, parameter and status is on the page, and nothing is loaded from elsewhere', async () => {
  await withServer({ ledger }, async ({ ask }) => {
    const page = await ask('/docs');
    assert.is(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(page.headers.get('content-security-policy') ?? '', "style-src 'self'");
    const html = await page.text();
    const { paths } = JSON.parse(await (await ask('/openapi.json')).text());
    for (const [path, methods] of Object.entries<Record<string, Operation>>(paths)) {
      for (const [method, { summary, parameters = [], responses }] of Object.entries(methods)) {
        const id = `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`;
        const [, section = ''] =
          new RegExp(`<section id="${id}">(.*?)</section>`, 's').exec(html) ?? [];
        assert.match(section, summary.replaceAll('"', '&quot;').replaceAll("'", '&#39;'), path);
        for (const { name } of parameters)
          assert.ok(section.includes(`<code>${name}</code>`), name);
        for (const status of Object.keys(responses)) {
          assert.ok(section.includes(`<code>${status}</code>`), `${path} ${status}`);
        }
      }
    }
    assert.not.match(html, /<script|<style| style="| on[a-z]+="|https?:/i);
    const loaded = [...html.matchAll(/(?:src|href)="([^"#]*)"/g)].map(([, url]) => url ?? '');
    for (const url of new Set(loaded)) {
      if (url === '' || url === '/readyz') continue;
      assert.is((await ask(url)).status, 200, url);
    }
  });
});

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: object;
}

test('text of a description is text on the page', () => {
  const html = docsHtml({
    openapi: '3.1.0',
    info: { title: '<b>', version: '1', description: '"&' },
    security: [],
    paths: { '/<i>': { get: { summary: '<script>', responses: {} } } },
    components: {},
  });
  assert.match(html, '<h1>&lt;b&gt;: the API</h1>');
  assert.match(html, '<p>&quot;&amp; For programs');
  assert.match(html, '<p>&lt;script&gt;</p>');
  assert.not.match(html, '<script');
  assert.not.match(html, '<i>');
});

test.run();
