import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commands } from '../../src/cli/commands.ts';
import { runInProcess } from './in-process.ts';

test('no line of any help is broader than the terminal', async () => {
  const parts = ['create', 'consume', 'list-parked'].map((name) => ['group', name]);
  for (const command of [[], ...commands.map(({ name }) => [name]), ...parts]) {
    const { out } = await runInProcess([...command, '--help'], { columns: 80 });
    for (const line of out.split('\n')) assert.ok(line.length <= 80, `${command}: ${line}`);
  }
  const { out } = await runInProcess(['copy', '--help'], { columns: 80 });
  assert.match(out, /\n\nExample:\n {2}channel-ledger copy ledger\.db "esdb:[^"\n]+"\n/);
});

test.run();
