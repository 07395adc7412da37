/** What a question that is not understood is answered with: a sentence that says what would be right. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { demoLedger, withServer } from './served.ts';

const ledger = await demoLedger('refusals');
test.after(() => ledger.close());
const [closed] = ledger.closed();
if (closed === undefined) throw new Error('the demo has closed channels');

test('a refusal says what would have been right, in words of HTTP', async () => {
  const one = `/channels/${closed.channelId}`;
  const sentences: readonly (readonly [url: string, detail: string | RegExp])[] = [
    [
      `${one}/balances?points=5`,
      'the question: points: expected a whole number from 6 to 20000, not a smaller one',
    ],
    [
      `${one}/history?limit=0`,
      'the question: limit: expected a whole number from 1 to 1000, not a smaller one',
    ],
    [
      `${one}/history?limit=1001`,
      'the question: limit: expected a whole number from 1 to 1000, not a larger one',
    ],
    [
      '/replay?speed=0',
      'the question: speed: expected a number above 0 and up to 1000000000, not a smaller one',
    ],
    [
      '/replay?speed=fast',
      'the question: speed: expected a number above 0 and up to 1000000000, not a text of 4 characters that does not fit',
    ],
    [
      '/events/0',
      'the path /events/:event: event: expected text (its id, or its position), not a text of 1 character that does not fit',
    ],
    [
      '/events?after=-1',
      /^the question: after: expected text \(only what came after this checkpoint.*\), not a text of 2/,
    ],
    [
      one,
      /^"[0-9a-f]{64}" names the same channel of several recorded nodes: say whose view with node=: /,
    ],
    [`${one}/history?type=`, /^type: names no type of event; there are /],
    ['/events?type=', /^type: names no type of event; there are /],
    ['/events?type=,', /^type: names no type of event; there are /],
    ['/replay?type=', /^type: names no type of event; there are /],
    // As the command refuses --at, --known-at and --source.
    ['/wanted?at=2023-06-01', /^the question: there is no field at: /],
    ['/wanted?knownAt=2023-06-01', /^the question: there is no field knownAt: /],
    ['/wanted?source=ldk', /^the question: there is no field source: /],
    ['/channels/9x9x9', /^no channel is called "9x9x9": \/channels and \/closed list all \d+$/],
  ];
  await withServer({ ledger }, async ({ ask }) => {
    for (const [url, expected] of sentences) {
      const { detail }: { detail: string } = JSON.parse(await (await ask(url)).text());
      if (typeof expected === 'string') assert.is(detail, expected, url);
      else assert.match(detail, expected, url);
    }
  });
});

test.run();
