/** The lists of the ledger: each narrowed as every question is, and to the fields that are asked for. */
import Type, { type TObject } from 'typebox';
import { withRebalanceFees } from '../ledger/accounting/with-rebalance-fees.ts';
import { sumsOfNodes } from '../ledger/answers/node-sums.ts';
import type { Query } from '../ledger/query.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import { Maybe, OneOf } from '../schema/fields.ts';
import { Forward, ForwardSums } from './forward-schemas.ts';
import { narrowing, queryOf, span, spanOf } from './question.ts';
import { type Route, route } from './route.ts';
import { rowFieldsOf, withFields } from './row-fields.ts';
import type { ServedLedger } from './served-ledger.ts';
import * as views from './view-schemas.ts';

const OF_MANY = { isOneChannel: false };
const COST = 'rebalanceFeesMsat';

interface Listed<Row> {
  readonly path: string;
  readonly summary: string;
  readonly row: TObject;
  readonly isOfLedger?: boolean;
  rows(ledger: ServedLedger, query: Query): readonly Row[];
}

function list({ path, summary, row, isOfLedger = true, rows }: Listed<object>): Route {
  const fields = rowFieldsOf(row);
  return route({
    path,
    summary,
    question: { ...narrowing, fields: fields.parameter },
    response: fields.response,
    isOfLedger,
    answer({ ledger, question }) {
      const wanted = fields.wanted(question.fields);
      return withFields(rows(ledger, queryOf(question, ledger, OF_MANY)), wanted);
    },
  });
}

/** What rebalancing cost is worked out where it is asked for, and not for who left it out. */
function channelList({ path, summary, row, rows }: Listed<ChannelView>): Route {
  const fields = rowFieldsOf(row);
  return route({
    path,
    summary,
    question: {
      ...narrowing,
      fields: fields.parameter,
      rebalanceFees: Maybe(
        Type.Boolean({ description: `false leaves out ${COST}, for which every payment is read` }),
      ),
    },
    response: fields.response,
    answer({ ledger, question }) {
      const wanted = fields.wanted(question.fields);
      const query = queryOf(question, ledger, OF_MANY);
      const channels = rows(ledger, query);
      const isCostWanted = question.rebalanceFees !== false && (wanted?.has(COST) ?? true);
      const told = isCostWanted ? withRebalanceFees(ledger, query, channels) : channels;
      return withFields(told, wanted);
    },
  });
}

/** What is lacked is lacked now: like the command, it is asked of no moment and of no teller. */
function wantedList(): Route {
  const fields = rowFieldsOf(views.Wanted);
  return route({
    path: '/wanted',
    summary: 'Transactions and blocks that the ledger lacks',
    question: { node: narrowing.node, fields: fields.parameter },
    response: fields.response,
    answer({ ledger, question }) {
      const wanted = fields.wanted(question.fields);
      return withFields(ledger.wanted(queryOf(question, ledger, OF_MANY)), wanted);
    },
  });
}

export const listRoutes: readonly Route[] = [
  channelList({
    path: '/channels',
    summary: 'The open channels: balances, fees, what they earned',
    row: views.ChannelWithFees,
    rows: (ledger, query) => ledger.channels(query),
  }),
  channelList({
    path: '/closed',
    summary: 'The closed channels: how, by whom, what it cost, what became of each output',
    row: views.ClosedWithFees,
    rows: (ledger, query) => ledger.closed(query),
  }),
  list({
    path: '/peers',
    summary: 'The peers: their channels, totals, how long they were connected',
    row: views.Peer,
    rows: (ledger, query) => ledger.peers(query),
  }),
  route({
    path: '/forwards',
    summary: 'Forwarded and failed payments, one by one or summed',
    question: { ...narrowing, ...span, by: Maybe(OneOf('day', 'channel', 'peer')) },
    response: Type.Union([views.listOf(Forward), views.listOf(ForwardSums)]),
    answer({ ledger, question }) {
      const query = { ...queryOf(question, ledger, OF_MANY), ...spanOf(question, OF_MANY) };
      const { by } = question;
      return by === undefined ? ledger.forwards(query) : sumsOfNodes(ledger, by, query);
    },
  }),
  list({
    path: '/fees',
    summary: "Both sides' fee policy changes, of all channels",
    row: views.FeeChange,
    rows: (ledger, query) => ledger.fees(undefined, query),
  }),
  list({
    path: '/problems',
    summary: 'What does not fit: quarantine, gaps, contradictions, and what to do',
    row: views.ProblemFound,
    // A check beside the recording finds some of them, at a time of its own.
    isOfLedger: false,
    rows: (ledger, query) => ledger.problems(query),
  }),
  wantedList(),
];
