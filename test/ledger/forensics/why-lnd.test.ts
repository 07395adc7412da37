/** The dossiers of lnd's recorded closes: a summary tells how and when, and never why. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { inFull, redacted } from '../../../src/ledger/forensics/redact.ts';
import { htmlOf, markdownOf } from '../../../src/ledger/forensics/write.ts';
import { emptyLedger, importInto, realFile } from '../../sources/lnd/importing.ts';
import { equalDossier, expectedDossiers } from './expected-dossiers.ts';
import { identifiersOf } from './identifiers.ts';

const ledger = await emptyLedger();
await importInto(ledger, [realFile('lnd_testnet_state.json')]);
const forced = ledger.closed().filter(({ close }) => close.kind?.endsWith('-force'));

const tests = suite("why lnd's recorded channels closed");

tests('each of the 24 force closes is unknown, and rests on nothing', async () => {
  is(forced.length, 24);
  for (const { channelId, nodeId } of forced) {
    const { verdict } = await ledger.forensics.why(channelId, { nodeId });
    is(verdict.cause, 'unknown');
    equal(verdict.events, []);
  }
});

tests('who closed is said by label only, and what is missing is listed', async () => {
  for (const { channelId, nodeId, close } of forced) {
    const { sections } = inFull(await ledger.forensics.why(channelId, { nodeId }));
    const linesOf = (title: string) => sections.find((s) => s.title === title)?.lines ?? [];
    const [who] = linesOf('Who closed, and how');
    is(who?.basis, 'stated');
    ok(who?.text.endsWith('by label only'), who?.text);
    const missing = linesOf('What the record does not know').map(({ text }) => text);
    ok(missing.includes('why it closed: no recorded event decides it'));
    ok(missing.includes("the closing transaction's outputs"));
    ok(missing.includes("the node's own reason for the close"));
    // Where lnd names no initiator, its LOCAL or REMOTE of the commitment still tells the end.
    ok(!missing.includes('which end closed it'), close.initiator);
  }
});

tests('a summary as lnd prints it, line by line', async () => {
  // closedchannels of the fixture: REMOTE_FORCE_CLOSE, close_initiator INITIATOR_REMOTE, height 1800389.
  const found = forced.find(({ close }) => close.height === 1_800_389);
  ok(found !== undefined);
  const { channelId, nodeId, close } = found;
  const { sections } = inFull(await ledger.forensics.why(channelId, { nodeId }));
  const lines = sections.find(({ title }) => title === 'Who closed, and how')?.lines ?? [];
  equal(
    lines.map(({ basis, text }) => `${basis}: ${text}`),
    [
      "stated: the peer's commitment, by the peer, by label only",
      `stated: transaction ${close.closingTxid} at height 1800389`,
    ],
  );
});

tests('each of the 24 is, line by line, what another program reads in the raw record', async () => {
  const expected = expectedDossiers('lnd-summaries.txt');
  is(expected.size, 24);
  for (const { channelId, nodeId } of forced) {
    equalDossier(await ledger.forensics.why(channelId, { nodeId }), expected);
  }
});

tests('a redacted file of a real close has no name, height or address of the ledger', async () => {
  const names = await identifiersOf(ledger);
  for (const kind of ['key', 'hash', 'outpoint', 'short channel id', 'alias', 'height'] as const) {
    ok([...names.values()].includes(kind), kind);
  }
  for (const { channelId, nodeId } of forced) {
    const dossier = redacted(await ledger.forensics.why(channelId, { nodeId }));
    for (const file of [htmlOf(dossier), markdownOf(dossier), JSON.stringify(dossier)]) {
      equal(
        [...names.keys()].filter((name) => file.includes(name)),
        [],
      );
    }
  }
});

tests.after(() => ledger.close());
tests.run();
