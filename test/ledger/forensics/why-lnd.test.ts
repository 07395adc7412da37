/** The dossiers of lnd's recorded closes: a summary tells how and when, and never why. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import { emptyLedger, importInto, realFile } from '../../sources/lnd/importing.ts';

const ledger = await emptyLedger();
await importInto(ledger, [realFile('lnd_testnet_state.json')]);
const forced = ledger.closed().filter(({ close }) => close.kind?.endsWith('-force'));

const tests = suite("why lnd's recorded channels closed");

tests('each of the 24 force closes is unknown, and rests on nothing', () => {
  is(forced.length, 24);
  for (const { channelId, nodeId } of forced) {
    const { verdict } = ledger.forensics.why(channelId, { nodeId });
    is(verdict.cause, 'unknown');
    equal(verdict.events, []);
  }
});

tests('who closed is said by label only, and what is missing is listed', () => {
  for (const { channelId, nodeId, close } of forced) {
    const { sections } = inFull(ledger.forensics.why(channelId, { nodeId }));
    const linesOf = (title: string) => sections.find((s) => s.title === title)?.lines ?? [];
    const [who] = linesOf('Who closed, and how');
    is(who?.basis, 'stated');
    ok(who?.text.endsWith('by label only'), who?.text);
    const missing = linesOf('What the record does not know').map(({ text }) => text);
    ok(missing.includes('why it closed: no recorded event decides it'));
    ok(missing.includes("the closing transaction's outputs"));
    ok(missing.includes("the node's own reason for the close"));
    is(missing.includes('which end closed it'), close.initiator === 'unknown');
  }
});

tests('a summary as lnd prints it, line by line', () => {
  // closedchannels of the fixture: REMOTE_FORCE_CLOSE, close_initiator INITIATOR_REMOTE, height 1800389.
  const found = forced.find(({ close }) => close.height === 1_800_389);
  ok(found !== undefined);
  const { channelId, nodeId, close } = found;
  const { sections } = inFull(ledger.forensics.why(channelId, { nodeId }));
  const lines = sections.find(({ title }) => title === 'Who closed, and how')?.lines ?? [];
  equal(
    lines.map(({ basis, text }) => `${basis}: ${text}`),
    [
      "stated: the peer's commitment, by the peer, by label only",
      `stated: transaction ${close.closingTxid} at height 1800389`,
    ],
  );
});

tests.after(() => ledger.close());
tests.run();
