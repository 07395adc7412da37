/** What clients ask before anything else, and what is refused. */
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { RawServer } from './raw-server.ts';
import { append, appendBatch, type Case, event } from './stream-cases.ts';
import { readRequest } from './stream-requests.ts';

export const serverCases: readonly Case[] = [
  {
    name: 'server: features',
    run: (server) =>
      server.unary(
        'ServerFeatures.GetSupportedMethods',
        server.features,
        'getSupportedMethods',
        new shared.Empty(),
      ),
  },
  {
    name: 'server: gossip',
    run: (server) => server.unary('Gossip.Read', server.gossip, 'read', new shared.Empty()),
  },
  {
    name: 'server: a method that it does not have',
    run: (server) => server.unary('Streams.None', server.unknown, 'none', new shared.Empty()),
  },
];

function batched(name: string): Case {
  return {
    name: `access: batch append ${name}`,
    async run(server) {
      const stream = server.stream('refused');
      return appendBatch(server, { append: 100, stream, expected: 'any', events: [event(1)] });
    },
  };
}

function refused(name: string): readonly Case[] {
  return [
    {
      name: `access: append ${name}`,
      run: (server) => append(server, server.stream('refused'), 'any', [event(1)]),
    },
    {
      name: `access: read ${name}`,
      run: (server) => server.read(readRequest({ stream: server.stream('refused'), count: 1 })),
    },
    { name: `access: all ${name}`, run: (server) => server.read(readRequest({ count: 1 }), 1) },
    batched(name),
  ];
}

/** By servers that ask who is there. */
export const accessCases: readonly {
  readonly cases: readonly Case[];
  prepare(server: RawServer): void;
}[] = [
  { cases: refused('without a user'), prepare: () => undefined },
  {
    cases: refused('with a wrong password'),
    prepare: (server) => server.authenticate('admin', 'wrong'),
  },
];
