import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withOutputs } from '../../scripts/picture/readme.ts';
import { screenOf, textOf } from '../../scripts/picture/screen.ts';
import { svgOf } from '../../scripts/picture/svg.ts';

const screen = suite('a recorded screen');
const picture = suite('its picture');

screen('shows lines as they were printed', () => {
  assert.is(textOf('one\r\n  two\n'), 'one\n  two\n');
});

screen('keeps the last state of a line that was written over', () => {
  assert.is(textOf('50 %\r\x1b[2K100 %'), '100 %');
  assert.is(textOf('a\nb\n\x1b[2A\x1b[Jc'), 'c');
});

screen('knows the look of each character', () => {
  const [line = []] = screenOf('\x1b[1;31ma\x1b[0mb\x1b[2mc');
  assert.equal(
    line.map(({ look }) => look),
    [{ isBold: true, colour: 'red' }, {}, { isDim: true }],
  );
});

picture('escapes what is markup', () => {
  const svg = svgOf(screenOf('a<b>&c'), 't < t');
  assert.match(svg, />a&lt;b&gt;&amp;c<\/text>/);
  assert.match(svg, /<title>t &lt; t<\/title>/);
});

picture('needs nothing from outside', () => {
  const svg = svgOf(screenOf('\x1b[36mtext'), 'title').replace('http://www.w3.org/2000/svg', '');
  assert.not.match(svg, /https?:|href|url\(|<script|<style/);
});

picture('places each run of one look at its column', () => {
  const svg = svgOf(screenOf('ab  \x1b[32mcd'), 'title');
  assert.match(svg, /<text x="20\.0" y="33" textLength="15\.6">ab</);
  assert.match(svg, /<text x="51\.2" y="33" textLength="15\.6" fill="#7ee787">cd</);
});

picture('real output replaces the marked blocks of a document, and no other', () => {
  const block = (inside: string) => ['```', inside, '```'].join('\n');
  const mark = '<!-- shows: npx a -->';
  const before = [block('x'), mark, '', block('old'), block('y')].join('\n');
  const after = [block('x'), mark, '', block('$ npx a\nnew'), block('y')].join('\n');
  assert.is(
    withOutputs(before, () => 'new\n'),
    after,
  );
});

screen.run();
picture.run();
