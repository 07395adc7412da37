/** What a person reads out of several lists at once: ways of forwards, what a policy brought, what is covered. */
import Type from 'typebox';
import { RecordingRow } from '../../projections/node-row.ts';
import { feeEffects } from '../ledger/answers/fee-effects.ts';
import { flowsOf } from '../ledger/answers/flows.ts';
import {
  Count,
  Flag,
  ListOf,
  Maybe,
  Msat,
  MsatDelta,
  NodeIdField,
  OneOf,
  OutsideText,
  Time,
} from '../schema/fields.ts';
import { forwardAmounts } from './forward-schemas.ts';
import { narrowing, queryOf, span, spanOf } from './question.ts';
import { type Route, route } from './route.ts';
import * as views from './view-schemas.ts';

const OF_MANY = { isOneChannel: false };

const Flow = Type.Object({
  nodeId: NodeIdField,
  day: Type.String(),
  incoming: Type.String(),
  outgoing: Type.String(),
  forwardedCount: Count,
  failedCount: Count,
  ...forwardAmounts,
});

const Term = Type.Object({
  from: Time,
  to: Maybe(Time),
  forwardedCount: Count,
  failedCount: Count,
  amountMsat: Msat,
  isAmountAtLeast: Maybe(Flag),
  feeMsat: MsatDelta,
  isFeeAtLeast: Maybe(Flag),
});

const FeeEffect = Type.Object({
  ...views.FeeChange.properties,
  before: Maybe(Term),
  after: Term,
});

const Recordings = Type.Object({
  nodeId: NodeIdField,
  source: OutsideText,
  alias: Maybe(OutsideText),
  firstRecordedAt: Maybe(Time),
  lastEventAt: Maybe(Time),
  isRecording: Flag,
  recordings: ListOf(Type.Object({ ...RecordingRow.properties })),
  recordingCount: Count,
  lists: ListOf(
    Type.Object({
      list: OneOf('payments', 'invoices', 'forwards'),
      stretches: ListOf(Type.Object({ firstIndex: Count, lastIndex: Count })),
      isWindow: Flag,
      firstAt: Time,
      lastAt: Time,
    }),
  ),
});

export const flowRoutes: readonly Route[] = [
  route({
    path: '/flows',
    summary: 'Forwarded payments summed by day and by the way they went: in here, out there',
    question: { ...narrowing, ...span, between: OneOf('channel', 'peer') },
    response: views.listOf(Flow),
    answer({ ledger, question }) {
      const query = { ...queryOf(question, ledger, OF_MANY), ...spanOf(question, OF_MANY) };
      return flowsOf(ledger.forwards(query), question.between);
    },
  }),
  route({
    path: '/fees/effects',
    summary: 'Each change of a fee policy with the forwards and fees before it and after it',
    question: narrowing,
    response: views.listOf(FeeEffect),
    answer({ ledger, question }) {
      const query = queryOf(question, ledger, OF_MANY);
      return feeEffects(ledger.fees(undefined, query), ledger.forwards(query));
    },
  }),
  route({
    path: '/recordings',
    summary: 'When each node was listened to, and which of its lists were read: what is covered',
    question: narrowing,
    response: views.listOf(Recordings),
    answer: ({ ledger, question }) =>
      ledger.forensics.recordings(queryOf(question, ledger, OF_MANY)),
  }),
];
