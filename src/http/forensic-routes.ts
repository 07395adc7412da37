/** What went wrong with one channel, and what the record itself says: dossier, differences, raw events. */
import Type from 'typebox';
import { parseMoment } from '../ledger/answers/moments.ts';
import { eventLine } from '../ledger/event-line.ts';
import { inFull, redacted } from '../ledger/forensics/redact.ts';
import { htmlOf, markdownOf } from '../ledger/forensics/write.ts';
import { Maybe, OneOf } from '../schema/fields.ts';
import { JSON_TYPE, TextAnswer } from './answer.ts';
import { eventAt } from './event-ids.ts';
import { withoutSecrets } from './history-page.ts';
import { Refusal } from './problem.ts';
import { channelName, momentOf, narrowing, queryOf } from './question.ts';
import { type Route, route } from './route.ts';
import * as views from './view-schemas.ts';

const OF_ONE = { isOneChannel: true };
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const POSITION = '[1-9][0-9]{0,9}';
const { at: _at, ...narrowingWithoutAt } = narrowing;

export const forensicRoutes: readonly Route[] = [
  route({
    path: '/channels/:name/dossier',
    summary: 'Why it closed, as "why": JSON, or a file for a bug report',
    params: channelName,
    question: {
      ...narrowing,
      format: Maybe(OneOf('json', 'html', 'markdown')),
      full: Maybe(
        Type.Boolean({
          description: 'a file with every id, height, time and word; without, they are left out',
        }),
      ),
    },
    response: views.WrittenDossier,
    texts: { 'text/html': 'format=html, to be saved', 'text/markdown': 'format=markdown' },
    async answer({ ledger, dossiers, params, question, patience }) {
      const { format = 'json', full = false } = question;
      const query = queryOf(question, ledger, OF_ONE);
      const dossier = await dossiers.during(() => {
        return ledger.forensics.why(params.name, { ...query, signal: patience() });
      });
      if (format === 'json') return inFull(dossier);
      const written = full ? inFull(dossier) : redacted(dossier);
      return format === 'html'
        ? new TextAnswer(htmlOf(written), 'text/html; charset=utf-8', 'dossier.html')
        : new TextAnswer(markdownOf(written), 'text/markdown; charset=utf-8', 'dossier.md');
    },
  }),
  route({
    path: '/channels/:name/diff',
    summary: 'What changed between two moments, and the events that did it',
    params: channelName,
    question: {
      ...narrowingWithoutAt,
      from: momentOf('the earlier state'),
      to: momentOf('the later state'),
    },
    response: views.listOf(views.FieldDifference),
    answer({ ledger, searches, params, question }) {
      const query = {
        ...queryOf(question, ledger, OF_ONE),
        from: parseMoment(question.from, OF_ONE),
        to: parseMoment(question.to, OF_ONE),
      };
      return searches.during(() => ledger.forensics.diff(params.name, query));
    },
  }),
  route({
    path: '/channels/:name/bisect',
    summary: 'The first event after which a condition holds',
    params: channelName,
    question: {
      ...narrowing,
      condition: Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'over the fields of a channel, in CEL: htlcs.length > 10',
      }),
      any: Maybe(Type.Boolean({ description: 'looks at every state, not at few' })),
    },
    response: views.Bisected,
    async answer({ ledger, searches, params, question, patience }) {
      const query = { ...queryOf(question, ledger, OF_ONE), looksAtEvery: question.any === true };
      const found = await searches.during(() => {
        const { condition } = question;
        return ledger.forensics.bisect(params.name, condition, { ...query, signal: patience() });
      });
      const { first } = found;
      return { ...found, ...(first && { first: withoutSecrets(first) }) };
    },
  }),
  route({
    path: '/events/:event',
    summary: 'One event as it is stored, its sealed fields sealed',
    params: {
      event: Type.String({
        pattern: `^(${UUID}|${POSITION})$`,
        description: 'its id, or its position',
      }),
    },
    response: views.RawEvent,
    refusals: [404],
    async answer({ ledger: { store }, eventIds, params }) {
      const { event: name } = params;
      const found = name.includes('-') ? await eventIds.byId(name) : eventAt(store, Number(name));
      if (found === undefined) throw new Refusal(404, `no event here is ${name}`);
      // The stored text itself: its bytes are what the digest is over.
      return new TextAnswer(eventLine(found, store.checkpointOf(found)), JSON_TYPE);
    },
  }),
];

export const verifyRoutes: readonly Route[] = [
  route({
    path: '/verify',
    summary: 'What the last run of "verify" beside this server is at, or came to',
    response: views.VerifyStatus,
    isOfLedger: false,
    answer: ({ verifying }) => verifying.status(),
  }),
  route({
    method: 'POST',
    path: '/verify',
    summary: 'Begins one in a thread of its own; one at a time',
    question: {
      signatures: Maybe(
        Type.Boolean({ description: 'and rebuilds every commitment, and checks who signed it' }),
      ),
    },
    response: views.VerifyStatus,
    isOfLedger: false,
    status: 202,
    refusals: [409],
    answer: ({ verifying, question }) => verifying.begin(question.signatures === true),
  }),
];
