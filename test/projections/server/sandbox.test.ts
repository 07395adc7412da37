/** The sandbox refuses what the server would refuse, or take and then fault over. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProjectionSandbox } from '../../../src/ledger/projection-sandbox.ts';
import { event } from './specification.ts';

const sandbox = suite('the sandbox of the projection API');

const refused: readonly (readonly [says: string, text: string, reason: RegExp])[] = [
  ['a text that is no JavaScript', 'fromAll(.when({})', /Unexpected token/],
  ['a function that the server does not have', 'fromEverything()', /not defined/],
  ['a chain that the server does not have', 'fromAll().transform()', /not a function/],
  ['a partition of one stream', "fromStream('a').foreachStream()", /not a function/],
  ['a module of Node', "require('node:fs')", /not defined/],
  ['code made of text', "eval('1')", /Code generation/],
  ['a timer', 'setTimeout(() => 1)', /not defined/],
  ['a loop without an end', 'for (;;);', /timed out/],
  ['two sources', "fromAll(); fromCategory('a')", /another source/],
  ['no source', 'const a = 1;', /from nowhere/],
  ['no handlers', 'fromAll()', /handles nothing/],
  ['a handler that is none', 'fromAll().when({ $any: 1 })', /no function/],
  ['a special handler that is not known', 'fromAll().when({ $every() {} })', /unknown: \$every/],
  ['a category that is no text', 'fromCategory(7).when({ $any() {} })', /named by text/],
  ['a link before any event', "linkTo('a', {}); fromAll()", /outside of a handler/],
];

for (const [says, text, reason] of refused) {
  sandbox(`it refuses ${says}`, () => {
    assert.throws(
      () => new ProjectionSandbox(text),
      (error: Error) => reason.test(error.message),
    );
  });
}

const faults: readonly (readonly [says: string, handler: string, reason: RegExp])[] = [
  ['a link without an event', "linkTo('a')", /takes a stream and an event/],
  ['a link to what is no event', "linkTo('a', {})", /invalid link/],
  [
    'a link to a revision in text',
    "linkTo('a', { streamId: 'b', sequenceNumber: '1' })",
    /invalid/,
  ],
  ['a link into no stream', 'linkTo(null, e)', /named by text/],
  ['an event of its own', "emit('a', 'b', {})", /only links/],
  ['a source inside a handler', 'fromAll()', /not defined/],
  ['a body that is no JSON', 'e.body', /JSON/],
];

for (const [says, handler, reason] of faults) {
  sandbox(`a handler faults over ${says}`, () => {
    const one = new ProjectionSandbox(`fromAll().when({ $any(s, e) { ${handler} } })`);
    const broken = { ...event('a', 0, 'T', '{"half'), isJson: true };
    assert.throws(
      () => one.handle(broken),
      (error: Error) => reason.test(error.message),
    );
  });
}

sandbox('bytes have no body, only text, as in the server', () => {
  const one = new ProjectionSandbox(
    'fromAll().when({ $any(s, e) { if (e.body === undefined) linkTo(e.bodyRaw, e); } })',
  );
  assert.equal(one.handle(event('a', 0, 'T', 'text')), [{ stream: 'text', target: '0@a' }]);
});

sandbox('each stream has a state of its own where it is asked for', () => {
  const counting = 'when({ $init: () => ({ n: 0 }), $any(s, e) { linkTo("x" + s.n++, e); } })';
  const names = (text: string) => {
    const one = new ProjectionSandbox(text);
    const events = [event('a', 0, 'T'), event('b', 0, 'T'), event('a', 1, 'T')];
    return events.flatMap((each) => one.handle(each).map(({ stream }) => stream));
  };
  assert.equal(names(`fromAll().${counting}`), ['x0', 'x1', 'x2']);
  assert.equal(names(`fromAll().foreachStream().${counting}`), ['x0', 'x0', 'x1']);
});

sandbox.run();
