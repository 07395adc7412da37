/** A program may end with closing its ledger. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from '../store/sample-events.ts';

const closing = suite('a program whose last statement closes its ledger');
const directory = temporaryDirectory();
const open = new URL('../../src/ledger/open-ledger.ts', import.meta.url).href;
const story = new URL('./story.ts', import.meta.url).href;

closing('ends well, with the checker of secrets at work and the writer too', async () => {
  const program = `
    const { openLedger } = await import(${JSON.stringify(open)});
    const { wholeStory } = await import(${JSON.stringify(story)});
    const ledger = await openLedger(process.argv[1], { create: true });
    const told = wholeStory();
    await ledger.record(told);
    await ledger.recordBatch(Array.from({ length: 60 }, () => told).flat());
    process.on('exit', (code) => console.log('exit', code));
    await ledger.close();
    console.log('closed');`;
  // Which of its threads ends first is a race: some rounds meet each order.
  for (let round = 0; round < 5; round++) {
    const path = join(directory, `${round}.db`);
    const run = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
      path,
    ]);
    assert.is(run.stdout, 'closed\nexit 0\n');
    assert.is(run.stderr, '');
  }
});

closing.run();
