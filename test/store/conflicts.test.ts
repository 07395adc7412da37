import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Conflicts } from '../../src/store/conflicts.ts';

const losing = suite('what a batch has lost');

losing('is all that its parts have lost, and nothing of another batch', () => {
  const conflicts = new Conflicts();
  conflicts.keep(1, new Set(['a']));
  conflicts.keep(1, new Set(['b']));
  conflicts.keep(2, new Set(['c']));
  assert.equal([...conflicts.of(1)], ['a', 'b']);
  assert.equal([...conflicts.of(2)], ['c']);
  assert.equal([...conflicts.of(3)], []);
  assert.equal([...conflicts.of(undefined)], []);
});

losing.run();
