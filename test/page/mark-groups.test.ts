/** Marks of a chart that fall on one place: how many they are, and which. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { groupsOf, groupText } from '../../src/page/channel/mark-groups.ts';

const mark = (x: number, label = `at ${x}`) => ({
  ...{ x, label },
  at: '2026-01-01T01:40:00.000000000Z',
});

test('marks nearer than a number has room are one group, from the first of them on', () => {
  const groups = groupsOf([40, 0, 19, 20, 41].map((x) => mark(x)));
  assert.equal(
    groups.map(({ x, marks }) => [x, marks.map((one) => one.x)]),
    [
      [0, [0, 19]],
      [20, [20]],
      [40, [40, 41]],
    ],
  );
  assert.equal(groupsOf([]), []);
});

test('a group says how many it has and names the first five', () => {
  const [two, seven] = [2, 7].map((count) => {
    const [group] = groupsOf(Array.from({ length: count }, (_, nth) => mark(3, `nth ${nth}`)));
    return group && groupText(group, 'mark');
  });
  const when = '2026-01-01 01:40:00.000';
  assert.is(two, `2 marks: ${when} nth 0, ${when} nth 1`);
  assert.is(
    seven,
    `7 marks: ${[0, 1, 2, 3, 4].map((nth) => `${when} nth ${nth}`).join(', ')}, and 2 more`,
  );
});

test.run();
