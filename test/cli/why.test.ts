/** `why` as files to attach to a report: safe by default, never over another, nothing loaded. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal, is, match, not, ok } from 'uvu/assert';
import type { Ledger } from '../../src/cli/ledger-port.ts';
import { htmlOf, markdownOf } from '../../src/ledger/forensics/write.ts';
import { fakeLedger, fakeLedgers } from './fake-ledger.ts';
import { runInProcess } from './in-process.ts';
import { here } from './ledger-file.ts';
import { alice, at, closedChannel } from './views.ts';

const place = mkdtempSync(join(tmpdir(), 'channel-ledger-why-'));
const HOSTILE = '<script>alert(1)</script> ](http://evil) \u202e\u001b[31m';
const why: Ledger['forensics']['why'] = async () => ({
  nodeId: alice,
  channelId: closedChannel.channelId,
  verdict: { cause: 'peer-error', by: 'remote', basis: 'stated', events: ['an-event'] },
  beganAt: at('15:00:00'),
  beganHeight: 799_999,
  closedHeight: 800_000,
  sections: [
    {
      title: 'Last messages',
      lines: [
        {
          basis: 'stated',
          events: ['an-event'],
          parts: [
            { kind: 'height', value: '800003' },
            ' error: ',
            { kind: 'words', value: HOSTILE },
          ],
        },
      ],
    },
  ],
});
const ledgers = {
  ...fakeLedgers,
  openLedger: async (path: string) => {
    const ledger = await fakeLedger(path);
    return { ...ledger, forensics: { ...ledger.forensics, why } };
  },
};
const run = (...args: string[]) =>
  runInProcess(['why', '103x1x0', '--ledger', here, ...args], { ledgers });

const tests = suite('why');

tests('the first line is the verdict with the events it rests on', async () => {
  const { out } = await run();
  is(
    out.split('\n')[0],
    "Verdict: the peer's error (peer-error; by remote; stated; events an-event)",
  );
});

tests('a file has pseudonyms and offsets, unless it is to be full', async () => {
  const [short, full] = [join(place, 'short.md'), join(place, 'full.md')];
  await run('--markdown', short);
  await run('--markdown', full, '--full');
  const text = readFileSync(short, 'utf8');
  for (const name of [alice, closedChannel.channelId, 'an-event', 'script', '800003', '2026-']) {
    not.ok(text.includes(name), name);
  }
  match(text, 'close+3 error: ');
  ok(readFileSync(full, 'utf8').includes(closedChannel.channelId));
});

tests('a file that is there is kept, unless it is to be replaced', async () => {
  const path = join(place, 'once.html');
  is((await run('--html', path)).exitCode, 0);
  const before = readFileSync(path, 'utf8');
  const again = await run('--html', path, '--full');
  is(again.exitCode, 2);
  is(
    again.err,
    `channel-ledger: ${path} is there already: name another file, or --overwrite replaces it\n`,
  );
  is(readFileSync(path, 'utf8'), before);
  is((await run('--html', path, '--full', '--overwrite')).exitCode, 0);
  ok(readFileSync(path, 'utf8').includes(closedChannel.channelId));
});

tests('a folder that is not there is named', async () => {
  const folder = join(place, 'nope');
  const { exitCode, err } = await run('--html', join(folder, 'x.html'));
  is(exitCode, 2);
  is(
    err,
    `channel-ledger: there is no folder ${folder} to write ${join(folder, 'x.html')} in: make it first\n`,
  );
});

tests('--events prints the ids each line rests on', async () => {
  const lastLine = async (...args: string[]) =>
    (await run(...args)).out.trimEnd().split('\n').at(-1);
  match((await lastLine('--events', '--wide')) ?? '', / \(an-event\)$/);
  not.match((await lastLine('--wide')) ?? '', /an-event/);
});

tests('words of a peer make no link and mention nobody in Markdown', async () => {
  const said = 'see https://evil.example or www.evil.example, @bob, a@b.example, `@x`';
  const line = { basis: 'stated', events: [], text: said } as const;
  const dossier = {
    ...JSON.parse((await run('--json')).out),
    sections: [{ title: 'T', lines: [line] }],
  };
  // GitHub Flavored Markdown, "Autolinks (extension)": scheme, www. and e-mail addresses; code has none.
  ok(
    markdownOf(dossier).includes(
      'see https`://`evil.example or `www.`evil.example, `@`bob, a`@`b.example, \\``@`x\\`',
    ),
    markdownOf(dossier),
  );
});

tests('what a peer wrote is text in every form', async () => {
  const { out } = await run('--json');
  const dossier = JSON.parse(out);
  const html = htmlOf(dossier);
  not.ok(html.includes('<script'));
  not.match(html, /(?:src|href)=|@import|url\(/);
  match(html, '&lt;script&gt;');
  not.match(markdownOf(dossier), /[^\\]<script|[^\\]\]\(http/);
  // As a dossier comes that no JSON went over.
  const lines = [{ basis: 'stated', events: [], text: HOSTILE }] as const;
  const raw = { ...dossier, sections: [{ title: 'T', lines }] };
  const files = [html, markdownOf(dossier), htmlOf(raw), markdownOf(raw)];
  for (const text of [out, ...files, (await run()).out]) {
    for (const control of ['\u202e', '\u001b']) not.ok(text.includes(control));
  }
});

tests('--redact hides names in what is printed too', async () => {
  const { out } = await run('--redact', '--json');
  equal(
    [out.includes(alice), out.includes('an-event'), out.includes('script')],
    [false, false, false],
  );
});

tests.after(() => rmSync(place, { recursive: true }));
tests.run();
