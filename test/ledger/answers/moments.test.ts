import { test } from 'uvu';
import { equal, throws } from 'uvu/assert';
import { parseMoment, withoutChannelMoment } from '../../../src/ledger/answers/moments.ts';
import { QuestionError } from '../../../src/ledger/query.ts';

const ofOne = (text: string) => parseMoment(text, { isOneChannel: true });
const ofMany = (text: string) => parseMoment(text, { isOneChannel: false });

function refuses(question: () => unknown, message: RegExp): void {
  throws(question, (cause: unknown) => {
    return cause instanceof QuestionError && cause.kind === 'wrong' && message.test(cause.message);
  });
}

test('a time, a height and a position are moments of everything', () => {
  equal(ofMany('2026-03-14T15:09:26Z'), { kind: 'time', timeNs: 1_773_500_966_000_000_000n });
  equal(ofMany(' 2026-03-14 '), { kind: 'time', timeNs: 1_773_446_400_000_000_000n });
  equal(ofMany('2026-03-14T16:09:26.5+01:00'), {
    kind: 'time',
    timeNs: 1_773_500_966_500_000_000n,
  });
  equal(ofMany('height:800000'), { kind: 'height', height: 800_000 });
  equal(ofMany('position:123'), { kind: 'position', position: 123 });
  equal(ofMany('Height:0'), { kind: 'height', height: 0 });
});

test('a revision and a commitment are moments of one channel', () => {
  equal(ofOne('revision:42'), { kind: 'revision', revision: 42 });
  equal(ofOne('commitment:local:17'), { kind: 'commitment', side: 'local', number: 17 });
  equal(ofOne('commitment:remote:0'), { kind: 'commitment', side: 'remote', number: 0 });
  refuses(() => ofMany('revision:42'), /belongs to one channel: name the channel/);
  refuses(() => ofMany('commitment:local:17'), /belongs to one channel/);
  refuses(() => withoutChannelMoment({ at: { kind: 'revision', revision: 1 } }), /one channel/);
});

test('what is no moment is refused with how to write one', () => {
  refuses(() => ofOne('yesterday'), /"yesterday" is no moment: write a time .*height:800000/);
  refuses(() => ofOne('block:7'), /"block:7" is no moment/);
  refuses(() => ofOne('height:-1'), /no whole number: write it like height:800000/);
  refuses(() => ofOne('height:1e3'), /no whole number/);
  refuses(() => ofOne('position:'), /no whole number: write it like position:123/);
  refuses(() => ofOne('position:99999999999999999999'), /no whole number/);
  refuses(() => ofOne('commitment:17'), /does not say whose/);
  refuses(() => ofOne('commitment:local:'), /no whole number: write it like commitment:local:17/);
  refuses(() => ofOne('commitment:local:1:2'), /no whole number/);
  refuses(() => ofOne('2026-13-40'), /is no moment/);
});

test.run();
