/** Where the gateway answers otherwise than a real server, and why it is left so. */

export interface Difference {
  /** Of the cases with such names. */
  readonly of: RegExp;
  /** Members of an `Exchange` that are not compared; `*` for every member of a list. */
  readonly paths: readonly string[];
  readonly why: string;
}

export const differences: readonly Difference[] = [
  {
    of: /^delete: /,
    paths: ['replies.*', 'status'],
    why: 'a ledger keeps every event: its streams are neither deleted nor closed for ever',
  },
  {
    of: /^append: (?:no stream|an older|a later|a revision|a stream) .*(?:expected|is not there)$/,
    paths: ['currentRevision', 'expectedRevision', 'noStream', 'streamExists'].map(
      (name) => `replies.*.wrongExpectedVersion.${name}2060`,
    ),
    why: 'repeats the conflict for clients before 20.6.1, whom the gateway does not serve',
  },
  {
    of: /^(?:append|batch): no events$/,
    paths: ['replies.*', 'status'],
    why: 'an append of nothing is a mistake of its sender, and is told him',
  },
  {
    of: /^(?:append: no type|all: a filter that is no regular expression|read: no events wanted)$/,
    paths: ['status.code', 'status.details'],
    why: 'the same refusal, with a sentence that says what is wrong',
  },
  {
    of: /^access: .* with a wrong password$/,
    paths: ['status.details'],
    why: 'the same refusal, with a sentence that says what is wrong',
  },
  {
    of: /^read: an empty name$/,
    paths: ['replies.*', 'status'],
    why: 'a stream without a name is missing like any other, and no fault of the server',
  },
  {
    of: /^read: forwards from the end$/,
    paths: ['replies.*', 'status'],
    why: 'nothing follows upon the end: an answer without events, where the real server fails',
  },
  {
    of: /^read: a subscription to a missing stream$/,
    paths: ['replies.1'],
    why: 'who follows a stream that is still to come has caught up as well, and is told',
  },
  {
    of: /^all: a checkpoint where nothing is wanted$/,
    paths: ['replies.*.checkpoint'],
    why: 'the real server begins with the place it was told to begin with, the gateway with one it has passed',
  },
  {
    of: /^group: (?:info of a new one|list of one stream)$/,
    paths: [
      'replies.*.subscriptionInfo.readBufferCount',
      'replies.*.subscriptionsList.*.readBufferCount',
    ],
    why: 'the gateway reads ahead only where somebody consumes',
  },
  {
    of: /^group: info with parked events$/,
    paths: ['averagePerSecond', 'countSinceLastMeasurement'].map(
      (name) => `replies.*.subscriptionInfo.${name}`,
    ),
    why: 'the gateway measures no rates',
  },
  {
    of: /^group: parked events$/,
    paths: ['replies.*'],
    why: 'parked events are links that the gateway makes on reading: without places, times and reasons',
  },
  {
    of: /^group: parked events replayed$/,
    paths: ['replies.*.event.link'],
    why: 'there is no stored link to a parked event: the event itself is given out again',
  },
  {
    of: /^server: features$/,
    paths: ['replies.*.methodsList'],
    why: 'the gateway has no users, projections and operations: a test of its own compares what it has',
  },
  {
    of: /^server: a method that it does not have$/,
    paths: ['status.details'],
    why: 'the sentence is that of the library that serves the calls',
  },
];
