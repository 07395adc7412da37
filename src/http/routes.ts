/** Every question that is answered over HTTP, each as the command of its name answers it. */
import Type from 'typebox';
import { channelAccount } from '../ledger/answers/channel-account.ts';
import { Maybe } from '../schema/fields.ts';
import { FEWEST_POINTS, sampled } from './downsample.ts';
import { flowRoutes } from './flow-routes.ts';
import { forensicRoutes, verifyRoutes } from './forensic-routes.ts';
import { maySeeSecrets } from './grant.ts';
import { historyPage, LARGEST_PAGE, USUAL_PAGE } from './history-page.ts';
import { listRoutes } from './list-routes.ts';
import { Refusal } from './problem.ts';
import {
  channelName,
  channelTypes,
  narrowing,
  queryOf,
  span,
  spanOf,
  typesOf,
} from './question.ts';
import { type Route, route } from './route.ts';
import { stepRoutes } from './step-routes.ts';
import * as views from './view-schemas.ts';

const OF_ONE = { isOneChannel: true };
const MOST_POINTS = 20_000;

const ofOneChannel: readonly Route[] = [
  route({
    path: '/channels/:name',
    summary: 'Everything about one channel',
    params: channelName,
    question: narrowing,
    response: views.Account,
    answer({ ledger, params, question }) {
      return channelAccount(ledger, params.name, queryOf(question, ledger, OF_ONE));
    },
  }),
  route({
    path: '/channels/:name/state',
    summary: 'Its state alone, now or at a moment: for who asks often',
    params: channelName,
    question: narrowing,
    response: views.Channel,
    answer({ ledger, params, question }) {
      return ledger.channel(params.name, queryOf(question, ledger, OF_ONE));
    },
  }),
  route({
    path: '/channels/:name/fees',
    summary: "Both sides' fee policy changes",
    params: channelName,
    question: narrowing,
    response: views.listOf(views.FeeChange),
    answer({ ledger, params, question }) {
      return ledger.fees(params.name, queryOf(question, ledger, OF_ONE));
    },
  }),
  route({
    path: '/channels/:name/balances',
    summary: 'Its balance over time, with no more points than are asked for',
    params: channelName,
    question: {
      ...narrowing,
      points: Maybe(
        Type.Integer({
          minimum: FEWEST_POINTS,
          maximum: MOST_POINTS,
          description: 'about six for each pixel across; all without',
        }),
      ),
    },
    response: views.listOf(views.BalanceAt),
    answer({ ledger, params, question }) {
      const all = ledger.balances(params.name, queryOf(question, ledger, OF_ONE));
      return question.points === undefined ? all : sampled(all, question.points);
    },
  }),
  route({
    path: '/channels/:name/history',
    summary: 'Its events and what each changed, page by page',
    params: channelName,
    question: {
      ...narrowing,
      ...span,
      type: Maybe(Type.String({ description: 'only events of these types, with commas between' })),
      limit: Maybe(
        Type.Integer({ minimum: 1, maximum: LARGEST_PAGE, description: `${USUAL_PAGE} without` }),
      ),
      after: Maybe(Type.String({ maxLength: 600, description: '`next` of the page before' })),
      newest: Maybe(Type.Boolean({ description: 'the newest first' })),
      secrets: Maybe(Type.Boolean({ description: 'opens sealed fields; needs read+secrets' })),
    },
    response: views.HistoryPage,
    answer({ ledger, params, question, grant }) {
      const { after, limit = USUAL_PAGE, type, secrets = false } = question;
      if (secrets && !maySeeSecrets(grant)) {
        throw new Refusal(403, 'secrets need a token of the scope read+secrets');
      }
      const types = typesOf(type, channelTypes);
      const query = {
        ...queryOf(question, ledger, OF_ONE),
        ...spanOf(question, OF_ONE),
        ...(types && { types }),
      };
      const isNewestFirst = question.newest ?? false;
      const paging = { after, limit, isNewestFirst, showsSecrets: secrets };
      return historyPage(ledger, params.name, query, paging);
    },
  }),
];

const ofTheLedger: readonly Route[] = [
  route({
    path: '/stats',
    summary: 'The head hash, and what the ledger holds',
    response: views.Stats,
    // Its cache of rows changes with every question.
    isOfLedger: false,
    answer: ({ ledger }) => ledger.stats(),
  }),
  route({
    path: '/readyz',
    summary: 'Whether the ledger can be read, and lies where it was opened',
    response: views.Readiness,
    isOfLedger: false,
    async answer({ ledger }) {
      const lastCheckpoint = await ledger.store.lastCheckpoint();
      return { status: 'ready', ...(lastCheckpoint !== undefined && { lastCheckpoint }) };
    },
  }),
];

export const routes: readonly Route[] = [
  ...listRoutes,
  ...flowRoutes,
  ...ofOneChannel,
  ...forensicRoutes,
  ...stepRoutes,
  ...ofTheLedger,
  ...verifyRoutes,
];
