/** The moments a person may write after `--at` (DESIGN §9), read into a Moment or refused with a reason. */
import { parseTimeNs } from '../../schema/time.ts';
import { type Moment, type Query, QuestionError } from '../query.ts';

const SPELLINGS =
  'a time (2026-03-14T15:09:26Z), height:800000, position:123, ' +
  'or with one channel revision:42 or commitment:local:17';

/** What `--at` says. `isOneChannel`: the question is about one channel, whose own counts may be used. */
export function parseMoment(
  text: string,
  { isOneChannel }: { readonly isOneChannel: boolean },
): Moment {
  const trimmed = text.trim();
  const match = /^([a-z]+):(.*)$/i.exec(trimmed);
  if (match === null) return { kind: 'time', timeNs: timeOf(trimmed) };
  const [, word = '', rest = ''] = match;
  const moment = countedMoment(word.toLowerCase(), rest, trimmed);
  return isOneChannel ? moment : refuseChannelMoment(moment);
}

/** For questions about many channels: each has its own revisions and commitment numbers. */
export function withoutChannelMoment(query: Query): Query {
  if (query.at !== undefined) refuseChannelMoment(query.at);
  return query;
}

function refuseChannelMoment(moment: Moment): Moment {
  if (moment.kind !== 'revision' && moment.kind !== 'commitment') return moment;
  throw wrong(
    `a ${moment.kind} belongs to one channel: name the channel, or ask --at a time, height:… or position:…`,
  );
}

function countedMoment(word: string, rest: string, text: string): Moment {
  switch (word) {
    case 'height':
      return { kind: 'height', height: countOf(rest, text, 'height:800000') };
    case 'position':
      return { kind: 'position', position: countOf(rest, text, 'position:123') };
    case 'revision':
      return { kind: 'revision', revision: countOf(rest, text, 'revision:42') };
    case 'commitment': {
      const [side = '', number = '', ...more] = rest.split(':');
      if (side !== 'local' && side !== 'remote') {
        throw wrong(
          `"${text}" does not say whose: write commitment:local:17 or commitment:remote:17`,
        );
      }
      return {
        kind: 'commitment',
        side,
        number: countOf([number, ...more].join(':'), text, `commitment:${side}:17`),
      };
    }
    case 'time':
      return { kind: 'time', timeNs: timeOf(rest) };
    default:
      throw wrong(`"${text}" is no moment: write ${SPELLINGS}`);
  }
}

/** Only plain digits: `1e3`, `0x10` and `-1` are slips, not numbers of events. */
function countOf(digits: string, text: string, example: string): number {
  const count = /^[0-9]{1,15}$/.test(digits) ? Number(digits) : undefined;
  if (count === undefined) throw wrong(`"${text}" has no whole number: write it like ${example}`);
  return count;
}

function timeOf(text: string): bigint {
  try {
    return parseTimeNs(text);
  } catch {
    throw wrong(`"${text}" is no moment: write ${SPELLINGS}`);
  }
}

function wrong(message: string): QuestionError {
  return new QuestionError('wrong', message);
}
