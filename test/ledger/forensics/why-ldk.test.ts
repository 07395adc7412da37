/**
 * The dossier of closes that LDK's nodes really made: it sees the ledger alone and names each cause, and
 * without the event that decides it says that it does not know.
 */
import { suite } from 'uvu';
import { equal, is, not, ok } from 'uvu/assert';
import type { CaseEvent, ClosingCase } from '../../../src/ledger/forensics/case.ts';
import { closingCase } from '../../../src/ledger/forensics/closing-case.ts';
import { inFull, redacted } from '../../../src/ledger/forensics/redact.ts';
import { type Cause, verdictOf } from '../../../src/ledger/forensics/verdict.ts';
import { dossierLines, htmlOf, markdownOf } from '../../../src/ledger/forensics/write.ts';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { decodeEvent } from '../../../src/ledger/stored-event.ts';
import type { NodeId } from '../../../src/lightning/ids.ts';
import type { LdkNode } from '../../../src/sources/ldk/node.ts';
import { memoryLedger, playInto } from '../../demo/play.ts';
import type { Pair } from '../../sources/ldk/fixtures.ts';
import { equalDossier, expectedDossiers } from './expected-dossiers.ts';
import { identifiersOf } from './identifiers.ts';
import {
  feerateTooLow,
  ledgerOf,
  offeredExpired,
  ownError,
  receivedNearDeadline,
  stateLost,
} from './ldk-closes.ts';

const demo = await memoryLedger('why');
await playInto(demo, { seed: 'why', payments: 20 });

interface Close {
  readonly title: string;
  readonly ledger: Ledger;
  readonly nodeId: string;
  readonly channelId: string;
  readonly cause: Cause;
}

function closeOf(title: string, ledger: Ledger, node: Pick<LdkNode, 'id'> | NodeId, cause: Cause) {
  const nodeId = typeof node === 'string' ? node : node.id;
  const [closed] = ledger.closed({ nodeId });
  if (closed === undefined) throw new Error(`${title}: nothing closed`);
  return { title, ledger, nodeId, channelId: closed.channelId, cause };
}

const closes: readonly Close[] = [
  ...demoCloses(),
  ...(await provoked('an offered HTLC that ran out', offeredExpired, {
    alice: 'offered-htlc-expired',
  })),
  ...(await provoked('a received HTLC near its deadline', receivedNearDeadline, {
    bob: 'received-htlc-near-deadline',
  })),
  ...(await provoked('a feerate that is too low', feerateTooLow, { bob: 'feerate' })),
  ...(await provoked('a node that lost its newest states', stateLost, { alice: 'data-loss' })),
  ...(await provoked('a message that breaks the protocol', ownError, {
    alice: 'own-error',
    bob: 'peer-error',
  })),
];

async function provoked(
  title: string,
  play: () => Promise<Pair>,
  causes: { readonly alice?: Cause; readonly bob?: Cause },
): Promise<readonly Close[]> {
  const pair = await play();
  const ledger = await ledgerOf(pair);
  return (['alice', 'bob'] as const).flatMap((who) => {
    const cause = causes[who];
    return cause === undefined ? [] : [closeOf(`${title}, at ${who}`, ledger, pair[who].id, cause)];
  });
}

function demoCloses(): readonly Close[] {
  const all = demo.closed();
  const of = (title: string, node: string, kind: string, cause: Cause): Close => {
    const nodeId = demo.nodeId(node);
    const closed = all.find((view) => view.nodeId === nodeId && view.close.kind === kind);
    if (closed === undefined) throw new Error(`the demo has no ${kind} of ${node}`);
    return { title, ledger: demo, nodeId, channelId: closed.channelId, cause };
  };
  return [
    of('a cooperative close that the user asked for', 'bob', 'cooperative', 'user'),
    of('the same at the other end', 'alice', 'cooperative', 'user'),
    of('a force close that the user asked for', 'bob', 'local-force', 'user'),
    of('the same at the other end, which was sent an error', 'carol', 'remote-force', 'peer-error'),
    of('a revoked state, at its victim', 'alice', 'breach', 'revoked-state'),
    of('a revoked state, at its author', 'carol', 'breach', 'revoked-state'),
  ];
}

/** What `why` reads, for leaving events out of it. */
async function caseOf({ ledger, nodeId, channelId }: Close) {
  const channel: CaseEvent[] = [];
  const beside: CaseEvent[] = [];
  for await (const stored of ledger.store.readAll()) {
    const { fact, id, metadata, stream } = decodeEvent(stored);
    if (fact === undefined || !stream.includes(nodeId)) continue;
    const { happenedAt: at, source, evidence, blockHeight: height } = metadata;
    const event = {
      at,
      source,
      evidence,
      fact,
      eventId: id,
      ...(height !== undefined && { height }),
    };
    if (stream.startsWith(`channel-${nodeId}.${channelId}.`)) channel.push(event);
    else if (!stream.startsWith('channel-') && !stream.startsWith('gossip-')) beside.push(event);
  }
  return { channel, beside };
}

function causeWithout(
  { channelId }: Close,
  { channel, beside }: Awaited<ReturnType<typeof caseOf>>,
  left: ReadonlySet<string>,
): Cause {
  const kept = (events: readonly CaseEvent[]) => events.filter(({ eventId }) => !left.has(eventId));
  const closing: ClosingCase | undefined = closingCase(channelId, kept(channel), kept(beside));
  return closing === undefined ? 'unknown' : verdictOf(closing).cause;
}

const tests = suite('why a channel of LDK closed');

tests("a close's reason in the list is that of the event which decides its dossier", async () => {
  let rested = 0;
  for (const { title, ledger, nodeId, channelId } of closes) {
    const { verdict } = await ledger.forensics.why(channelId, { nodeId });
    const closed = ledger.closed({ nodeId }).find((one) => one.channelId === channelId)?.close;
    for await (const stored of ledger.store.readAll()) {
      const { fact, id } = decodeEvent(stored);
      if (fact?.type !== 'CloseStarted' || !verdict.events.includes(id)) continue;
      const { reason, sourceReason } = fact.data;
      equal([closed?.reason, closed?.sourceReason], [reason, sourceReason], title);
      rested += 1;
    }
  }
  ok(rested > 5);
});

for (const close of closes) {
  const { title, ledger, nodeId, channelId, cause } = close;
  tests(`${title}: the verdict is ${cause}`, async () => {
    const { verdict } = await ledger.forensics.why(channelId, { nodeId });
    is(verdict.cause, cause);
    ok(verdict.events.length > 0);
  });

  tests(`${title}: without the events that decide it, the verdict is unknown`, async () => {
    const { verdict } = await ledger.forensics.why(channelId, { nodeId });
    const events = await caseOf(close);
    is(causeWithout(close, events, new Set(verdict.events)), 'unknown');
    // Without one of several it is the same, or unknown: no other cause comes in its place.
    for (const id of verdict.events) {
      ok([cause, 'unknown'].includes(causeWithout(close, events, new Set([id]))));
    }
  });

  tests(`${title}: every event that a line rests on is in the ledger`, async () => {
    const known = new Set<string>();
    for await (const { id } of ledger.store.readAll()) known.add(id);
    const { verdict, sections } = await ledger.forensics.why(channelId, { nodeId });
    const named = [
      ...verdict.events,
      ...sections.flatMap(({ lines }) => lines.flatMap((l) => l.events)),
    ];
    equal(
      named.filter((id) => !known.has(id)),
      [],
    );
    // And what rests on nothing claims nothing.
    const bare = sections.flatMap(({ lines }) => lines.filter(({ events }) => events.length === 0));
    for (const { basis, parts } of bare) {
      ok(basis === 'unknown' || parts.join('') === 'none', parts.join(''));
    }
  });

  tests(`${title}: a redacted file has no identifier of the ledger`, async () => {
    const dossier = redacted(await ledger.forensics.why(channelId, { nodeId }));
    const files = [
      htmlOf(dossier),
      markdownOf(dossier),
      dossierLines(dossier).join('\n'),
      JSON.stringify(dossier),
    ];
    const names = await identifiersOf(ledger);
    // None is left out of the search because it was looked for in the wrong place.
    const kinds = ['key', 'hash', 'secret', 'outpoint', 'short channel id'] as const;
    for (const kind of kinds) ok([...names.values()].includes(kind), kind);
    is([...names.values()].includes('alias'), ledger === demo);
    for (const file of files) {
      equal(
        [...names.keys()].filter((name) => file.includes(name)),
        [],
      );
    }
    const full = dossierLines(inFull(await ledger.forensics.why(channelId, { nodeId }))).join('\n');
    not.equal([...names.keys()].filter((name) => full.includes(name)).length, 0);
  });
}

tests("the demo's breach is, line by line, what its events say", async () => {
  const breach = closes.find(({ title }) => title === 'a revoked state, at its victim');
  if (breach === undefined) throw new Error('the demo has no breach');
  const dossier = await demo.forensics.why(breach.channelId, { nodeId: breach.nodeId });
  equalDossier(redacted(dossier), expectedDossiers('demo-breach.txt'));
});

tests.run();
