/** The server's projections, run here as the server would run them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { channelEvents } from '../../../src/channel/events.ts';
import { type Link, ProjectionSandbox } from '../../../src/ledger/projection-sandbox.ts';
import { projectionTexts } from '../../../src/ledger/server-projections.ts';
import { byPeer } from './by-peer.spec.ts';
import { closes } from './closes.spec.ts';
import { feeChanges } from './fee-changes.spec.ts';
import { channel, event, inLedger, PEER, type Step } from './specification.ts';

const specified = suite('the projections inside the server');
const specifications = [byPeer, closes, feeChanges];
const prefixes = ['', 'main.'];

specified('each has a specification', () => {
  const names = specifications.map(({ projection }) => projection);
  assert.equal([...projectionTexts('').keys()], names);
});

for (const { projection, steps } of specifications) {
  for (const prefix of prefixes) {
    const all = inLedger(prefix, steps);
    const fresh = () => new ProjectionSandbox(textOf(projection, prefix));

    specified(`${projection} makes the expected links after every event, in "${prefix}"`, () => {
      const sandbox = fresh();
      for (const { says, event: one, links } of all) {
        assert.equal(sandbox.handle(one), links, says);
      }
    });

    specified(
      `${projection} makes the same links again from any checkpoint, in "${prefix}"`,
      () => {
        const sandbox = fresh();
        const checkpoints = all.map(({ event: one }) => {
          const before = sandbox.checkpoint();
          sandbox.handle(one);
          return before;
        });
        for (const [place, checkpoint] of checkpoints.entries()) {
          const again = fresh();
          again.restore(checkpoint);
          assert.equal(
            linksOf(again, all.slice(place)),
            all.slice(place).flatMap(({ links }) => links),
          );
        }
      },
    );
  }
}

specified('in a named ledger the streams of the ledger without a name are passed over', () => {
  for (const { projection, steps } of specifications) {
    assert.equal(linksOf(new ProjectionSandbox(textOf(projection, 'main.')), steps), []);
  }
});

specified('every type of event that a channel knows is linked to its peer', () => {
  const sandbox = new ProjectionSandbox(textOf('by-peer', ''));
  const stream = channel('77');
  sandbox.handle(event(stream, 0, 'ChannelOpened', { peerId: PEER }));
  for (const [place, type] of Object.keys(channelEvents).entries()) {
    const target = `${place + 1}@${stream}`;
    const links = sandbox.handle(event(stream, place + 1, type));
    assert.equal(links, [{ stream: `by-peer-${PEER}`, target }], type);
  }
});

specified('a peer told late is caught up with in bounded steps, without a gap', () => {
  const sandbox = new ProjectionSandbox(textOf('by-peer', ''));
  const stream = channel('77');
  for (let revision = 0; revision < 1200; revision += 1) {
    assert.equal(sandbox.handle(event(stream, revision, 'HtlcAdded')), []);
  }
  const made = [sandbox.handle(event(stream, 1200, 'ChannelOpened', { peerId: PEER }))];
  for (let revision = 1201; revision < 1204; revision += 1) {
    made.push(sandbox.handle(event(stream, revision, 'HtlcAdded')));
  }
  assert.equal(
    made.map(({ length }) => length),
    [500, 500, 203, 1],
  );
  const targets = made.flat().map(({ target }) => target);
  assert.equal(
    targets,
    Array.from({ length: 1204 }, (_, revision) => `${revision}@${stream}`),
  );
});

specified('nothing that an event may hold makes one of them throw', () => {
  const bodies = [
    null,
    '',
    ' ',
    'null',
    '5',
    '[]',
    '{',
    '"\ud800"',
    '{"peerId":{}}',
    '{"__proto__":1}',
  ];
  const types = ['', '$>', '$metadata', '__proto__', 'toString', ...Object.keys(channelEvents)];
  const streams = ['', '$$channel-1', 'channel-', 'channel', 'main.channel-x', channel('77')];
  for (const { projection } of specifications) {
    for (const prefix of prefixes) {
      const sandbox = new ProjectionSandbox(textOf(projection, prefix));
      for (const stream of streams.flatMap((name) => [name, prefix + name])) {
        for (const type of types) {
          for (const bodyRaw of bodies) {
            for (const isJson of [true, false]) {
              sandbox.handle({
                streamId: stream,
                sequenceNumber: 0,
                eventType: type,
                bodyRaw,
                isJson,
              });
            }
          }
        }
      }
    }
  }
});

function textOf(projection: string, prefix: string): string {
  return projectionTexts(prefix).get(projection) ?? '';
}

function linksOf(sandbox: ProjectionSandbox, steps: readonly Step[]): Link[] {
  return steps.flatMap(({ event: one }) => sandbox.handle(one));
}

specified.run();
