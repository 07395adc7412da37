/** What a page that moves through one channel's time asks: where a number comes from, who was there. */
import Type from 'typebox';
import { Flag, ListOf, Maybe, OutsideText, Time } from '../schema/fields.ts';
import { withoutSecrets } from './history-page.ts';
import { channelName, narrowing, queryOf } from './question.ts';
import { type Route, route } from './route.ts';
import * as views from './view-schemas.ts';

const OF_ONE = { isOneChannel: true };

export const stepRoutes: readonly Route[] = [
  route({
    path: '/channels/:name/origin',
    summary: 'The event that a field of the state comes from: the last that changed it',
    params: channelName,
    question: {
      ...narrowing,
      field: Type.String({
        pattern: '^[A-Za-z][A-Za-z0-9]*(\\.[A-Za-z0-9/:]+)*$',
        maxLength: 200,
        description: 'as history spells it: localBalanceMsat, local.number',
      }),
    },
    response: views.Entry,
    async answer({ ledger, searches, params, question, who, patience }) {
      const query = queryOf(question, ledger, OF_ONE);
      const entry = await searches.during(who, () => {
        const { field } = question;
        return ledger.forensics.origin(params.name, field, { ...query, signal: patience() });
      });
      return withoutSecrets(entry);
    },
  }),
  route({
    path: '/channels/:name/connections',
    summary: 'When its peer was connected and when it was not',
    params: channelName,
    question: narrowing,
    response: ListOf(
      Type.Object({
        at: Time,
        isConnected: Flag,
        why: Maybe(OutsideText),
        eventId: Type.String(),
      }),
    ),
    answer({ ledger, params, question }) {
      return ledger.forensics.connections(params.name, queryOf(question, ledger, OF_ONE));
    },
  }),
];
