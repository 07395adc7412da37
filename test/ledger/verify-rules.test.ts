import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MOST_BROADCASTS } from '../../src/channel/broadcasts.ts';
import { ruleUses } from '../../src/channel/checkable.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { evolve } from '../../src/channel/evolve.ts';
import { check } from '../../src/channel/invariants.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { newChannel } from '../../src/channel/state.ts';
import { eventId } from '../../src/ledger/envelope.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import { seal, sealSubject } from '../../src/ledger/sealing.ts';
import { decodeEvent } from '../../src/ledger/stored-event.ts';
import { nodeStream, parseStream } from '../../src/ledger/streams.ts';
import { Txid } from '../../src/lightning/ids.ts';
import { eventsOf, keyringOf, recorded } from './recording.ts';
import { nodeAnnouncementHex, testKey } from './signed-gossip.ts';
import {
  channelId,
  channelStory,
  commitment,
  opened,
  opening,
  payment,
  peer,
  revoked,
  secretHex,
  us,
  wholeStory,
} from './story.ts';
import { appendRaw, stream, tally, verify, whyNot } from './verifying.ts';

const rules = suite('events that break a rule');
const secrets = suite('secrets and signatures');
const counting = suite('what could not be checked');

rules('written past the recorder are found by name and place', async () => {
  const store = await recorded(channelStory(opening));
  await appendRaw(store, {
    type: 'CommitmentRevoked',
    data: { side: 'remote', number: 7 },
    key: 'revoked/remote/7',
  });
  const report = await verify(store);
  const where = `${stream} revision 6 (position 7)`;
  const detail = 'remote commitment 7 is given up while 0 is the newest';
  assert.equal(report.broken, [{ rule: 'revoked-is-previous', where, detail }]);
});

rules(
  'an id that names another fact, a form that is not canonical, times that go back',
  async () => {
    const store = await recorded(channelStory(opening));
    const fact = { type: 'TransactionBroadcast', key: 'broadcast/x' };
    const data = { txid: '77'.repeat(32), purpose: 'sweep', by: 'local' };
    await appendRaw(store, { ...fact, data });
    const loose = JSON.stringify({ purpose: 'sweep', txid: '78'.repeat(32), by: 'local' });
    await appendRaw(store, { ...fact, key: `broadcast/${'78'.repeat(32)}`, data }, { data: loose });
    const at = '2025-01-01T00:00:00.000000000Z';
    const other = { ...data, txid: '79'.repeat(32) };
    await appendRaw(store, { ...fact, key: `broadcast/${other.txid}`, data: other, at });
    const report = await verify(store);
    assert.equal(
      report.broken.map(({ rule }) => rule),
      ['id-names-fact', 'canonical-json', 'recorded-in-order', 'opened-once'],
    );
  },
);

rules('no id of a broadcast that was told again after so many that it was forgotten', async () => {
  const broadcast = (nth: number): ChannelFact => ({
    type: 'TransactionBroadcast',
    data: { txid: Txid(nth.toString(16).padStart(64, '0')), purpose: 'sweep', by: 'local' },
  });
  const many = Array.from({ length: MOST_BROADCASTS + 1 }, (_, nth) => broadcast(nth));
  const story = channelStory([opened, ...many, broadcast(0)]);
  const store = await recorded(story.map((one) => ({ ...one, timeBasis: 'recorded' as const })));
  assert.equal((await verify(store)).broken, []);
});

rules('an id that was used before in the stream, but for what a block confirms again', async () => {
  const store = await recorded(channelStory(opening));
  const height = 700_000;
  const data = { txid: '77'.repeat(32), purpose: 'sweep', by: 'local' };
  const broadcast = { type: 'TransactionBroadcast', key: `broadcast/${data.txid}`, data };
  await appendRaw(store, broadcast);
  await appendRaw(store, broadcast);
  const before = await verify(store);
  assert.equal(
    before.broken.map(({ rule }) => rule),
    ['id-once'],
  );
  const resolved = {
    type: 'ChannelFullyResolved',
    data: { height },
    key: `fully-resolved/${height}`,
  };
  await appendRaw(store, resolved);
  await appendRaw(store, resolved);
  const after = (await verify(store)).broken.map(({ rule, detail }) => [rule, detail]);
  assert.equal(after.slice(1), [['fact-restated', 'the channel is fully resolved already']]);
});

rules('an id that was used before of a node, but for a block that came back', async () => {
  const store = await recorded(channelStory(opening));
  const into = nodeStream('regtest', us.nodeId, 'ldk');
  const block = { height: 7, blockHash: 'ab'.repeat(32) };
  const best = { type: 'BestBlockChanged', data: block, key: `block/7/${block.blockHash}` };
  const sent = {
    type: 'PaymentSent',
    data: { paymentLink: 'cd'.repeat(16), amountMsat: 5n, feeMsat: 1n },
    key: `sent/${'cd'.repeat(16)}`,
  };
  for (const fact of [best, best, sent, sent]) await appendRaw(store, fact, { into });
  const { broken } = await verify(store);
  const where = `${into} revision 3 (position 10)`;
  assert.equal(broken, [
    { rule: 'id-once', where, detail: 'PaymentSent with the id of another event' },
  ]);
});

rules('whatever rule an event breaks, it is one that was said to apply', () => {
  const facts = [...opening, ...payment];
  const events = channelStory(facts).flatMap(({ fact }) => fact as ChannelFact);
  assert.ok(events.length > 0);
  let state = newChannel;
  const tried: ChannelEvent[] = [
    { type: 'ChannelReady', data: { fundingOutpoint: `${'99'.repeat(32)}:1` as never } },
    { type: 'CommitmentRevoked', data: { side: 'local', number: 9 } },
    {
      type: 'HtlcSettled',
      data: { id: 5, direction: 'offered', amountMsat: 5n, isOnChain: false },
    },
    { type: 'HtlcAdded', data: { id: 5, direction: 'offered', amountMsat: 5n, cltvExpiry: 1 } },
  ];
  const { fact } = channelStory([opened])[0] ?? {};
  const data = { ...(fact?.data ?? {}), localBalanceMsat: 1n, remoteBalanceMsat: 2n };
  tried.push({ type: 'ChannelOpened', data } as ChannelEvent);
  for (let round = 0; round < 2; round++) {
    for (const event of tried) {
      const violation = check(state, event);
      assert.ok(violation, event.type);
      const use = ruleUses(state, event).find(({ rule }) => rule === violation.rule);
      assert.ok(use, `${event.type} breaks ${violation.rule}, which was not said to apply`);
      assert.is(use.whyNot, undefined);
    }
    const sum = { localBalanceMsat: 800_000_000n, remoteBalanceMsat: 200_000_000n };
    state = evolve(state, { type: 'ChannelOpened', data: { ...data, ...sum } } as ChannelEvent);
  }
});

secrets(
  'a secret that is not the one behind its point is found, alone and among thousands',
  async () => {
    const wrong: ChannelFact = {
      type: 'CommitmentRevoked',
      data: { side: 'remote', number: 0 },
      secret: { secret: secretHex('local', 40) },
    };
    const [first, , ...rest] = payment as [ChannelFact, ChannelFact, ...ChannelFact[]];
    const store = await recorded(channelStory([...opening, first, wrong, ...rest]));
    const report = await verify(store);
    assert.equal(tally(report, 'secret-matches-point'), { checked: 4, broken: 1 });
    assert.is(report.broken[0]?.where, `${stream} revision 8 (position 9)`);
    const ofSeed = report.broken.filter(({ rule }) => rule === 'secret-in-shachain');
    assert.is(ofSeed.length, 1, 'the next one does not derive it');
  },
);

secrets('of more commitments than one worker takes at once are all checked', async () => {
  const facts: ChannelFact[] = [opened];
  for (let number = 1; number <= 300; number++) {
    facts.push(commitment('remote', number), revoked('remote', number - 1));
  }
  const store = await recorded(channelStory(facts));
  const report = await verify(store);
  assert.equal(report.broken, []);
  assert.equal(tally(report, 'secret-matches-point'), { checked: 300, broken: 0 });
  assert.equal(tally(report, 'secret-in-shachain'), { checked: 300, broken: 0 });
});

secrets('a preimage of another payment is found', async () => {
  const facts = [...opening, ...payment].map((fact): ChannelFact => {
    if (fact.type !== 'CommitmentSeen') return fact;
    const removed = fact.data.removed.map((one) => ({ ...one, preimage: 'ab'.repeat(32) }));
    return { ...fact, data: { ...fact.data, removed } };
  });
  const report = await verify(await recorded(channelStory(facts)));
  assert.equal(tally(report, 'preimage-matches-hash'), { checked: 1, broken: 1 });
});

secrets('a sealed value moved to another event does not open there', async () => {
  const store = await recorded(channelStory([...opening, ...payment]));
  const [moved] = (await eventsOf(store)).filter(({ type }) => type === 'CommitmentRevoked');
  const { sealed } = moved === undefined ? {} : decodeEvent(moved);
  const data = { side: 'remote', number: 2, sealed };
  await appendRaw(store, { type: 'CommitmentRevoked', data, key: 'revoked/remote/2' });
  const report = await verify(store);
  assert.ok(report.broken.some(({ rule }) => rule === 'sealed-opens'));
});

secrets('a sealed text that is not what the type seals is found, and not shown', async () => {
  const store = await recorded(channelStory([...opening, ...payment]));
  const id = eventId(stream, 'ShutdownStarted', 'shutdown/remote');
  const place = { stream, type: 'ShutdownStarted', id };
  const name = parseStream(stream);
  assert.ok(name);
  const hidden = JSON.stringify({ script: 'no hex, a secret' });
  const sealed = seal(keyringOf(store), sealSubject(name), place, hidden);
  const data = { by: 'remote', sealed };
  await appendRaw(store, { type: 'ShutdownStarted', data, key: 'shutdown/remote' });
  const report = await verify(store);
  const detail = 'the sealed value is not what its type seals';
  assert.equal(
    report.broken.map((one) => [one.rule, one.detail]),
    [['sealed-opens', detail]],
  );
});

secrets(
  'a signature of somebody else, and an event that says another thing than was signed',
  async () => {
    const raw = nodeAnnouncementHex(testKey('somebody'), 1_767_225_650, 'their node');
    const store = await recorded(
      wholeStory().map((one) => {
        if (one.about === 'peer' && one.fact.type === 'PeerRenamed') {
          return { ...one, fact: { type: 'PeerRenamed', data: { alias: 'their node', raw } } };
        }
        if (one.about !== 'channel' || one.fact.type !== 'FeePolicyChanged') return one;
        if (one.fact.data.side === 'local') {
          return { ...one, fact: { ...one.fact, data: { ...one.fact.data, feeBaseMsat: 7n } } };
        }
        const bad = `${one.fact.data.raw?.slice(0, 40)}0000${one.fact.data.raw?.slice(44)}`;
        return { ...one, fact: { ...one.fact, data: { ...one.fact.data, raw: bad } } };
      }),
    );
    const report = await verify(store);
    assert.equal(
      report.broken.map(({ rule, detail }) => [rule, detail]),
      [
        ['event-says-what-was-signed', 'nodeId is another one in the signed message'],
        ['event-says-what-was-signed', 'feeBaseMsat is another one in the signed message'],
        ['gossip-signatures', `not signed by ${peer.nodeId}`],
      ],
    );
  },
);

counting(
  'without the key: everything about numbers is checked, the rest says why not',
  async () => {
    const store = await recorded(wholeStory());
    const locked = new Keyring({ table: store.keys, ledgerKey: undefined, nowNs: () => 0n });
    const report = await verify(store, locked);
    assert.ok(report.isSound);
    for (const rule of ['secret-matches-point', 'secret-in-shachain', 'preimage-matches-hash']) {
      assert.is(tally(report, rule).checked, 0);
      assert.ok((whyNot(report, rule)['no key'] ?? 0) > 0, rule);
    }
    assert.is(tally(report, 'gossip-signatures').checked, 12);
    assert.is(tally(report, 'balances-equal-capacity').checked, 5);
  },
);

counting('after a purge it says purged', async () => {
  const store = await recorded(wholeStory());
  const keyring = keyringOf(store);
  keyring.destroy(`channel/${us.nodeId}/${channelId}`);
  const report = await verify(store, keyring);
  assert.ok(report.isSound);
  assert.equal(whyNot(report, 'secret-matches-point'), { purged: 4 });
  assert.equal(whyNot(report, 'preimage-matches-hash'), { purged: 1 });
});

counting('a point that was never told, a source that tells no preimage', async () => {
  const facts = [...opening, ...payment].map((fact): ChannelFact => {
    if (fact.type === 'ChannelOpened') {
      const { firstPerCommitmentPoint: _, ...remote } = fact.data.remote;
      return { ...fact, data: { ...fact.data, remote } };
    }
    if (fact.type !== 'CommitmentSeen') return fact;
    const removed = fact.data.removed.map(({ preimage: _, ...one }) => one);
    return { ...fact, data: { ...fact.data, removed } };
  });
  const report = await verify(await recorded(channelStory(facts)));
  assert.ok(report.isSound);
  assert.equal(whyNot(report, 'secret-matches-point'), { 'the point was not recorded': 1 });
  assert.equal(tally(report, 'secret-matches-point'), { checked: 3, broken: 0 });
  const told = { 'the source did not tell it': 1 };
  assert.equal(whyNot(report, 'preimage-matches-hash'), told);
  assert.is(tally(report, 'preimage-matches-hash').checked, 0);
});

counting('what is not stated is not taken for equal', async () => {
  const facts = [...opening, ...payment].map((fact): ChannelFact => {
    if (fact.type !== 'CommitmentSeen') return fact;
    const { stated: _, ...data } = fact.data;
    return { ...fact, data };
  });
  const report = await verify(await recorded(channelStory(facts)));
  assert.equal(tally(report, 'stated-equals-derived'), { checked: 0, broken: 0 });
  const unstated = { 'the source states no balance of it': 4 };
  assert.equal(whyNot(report, 'stated-equals-derived'), unstated);
});

counting('an event of a newer version stops the replay of its stream with a reason', async () => {
  const store = await recorded(channelStory(opening));
  const at = '2026-01-01T01:00:00.000000000Z';
  const metadata = { source: 'ldk', evidence: 'e', happenedAt: at, timeBasis: 'source' };
  const newer = { ...metadata, recordedAt: at, schema: 1, minReader: 2 };
  const fact = { type: 'ChannelDreamt', data: { of: 'tomorrow' }, key: 'dreamt' };
  await appendRaw(store, fact, { metadata: JSON.stringify(newer) });
  const report = await verify(store);
  assert.ok(report.isSound);
  const why = 'it was written for a newer channel-ledger: upgrade';
  assert.equal(whyNot(report, 'stream-replays'), { [why]: 1 });
});

counting('a type and a field of a newer version are kept and left alone', async () => {
  const store = await recorded(channelStory(opening));
  await appendRaw(store, { type: 'ChannelDreamt', data: { of: 'tomorrow' }, key: 'dreamt' });
  const data = { txid: '77'.repeat(32), purpose: 'sweep', by: 'local', added: { later: '1' } };
  await appendRaw(store, { type: 'TransactionBroadcast', data, key: `broadcast/${data.txid}` });
  const report = await verify(store);
  assert.equal(report.broken, []);
  const why = 'a type, version or field this version does not write';
  assert.equal(whyNot(report, 'canonical-json'), { [why]: 2 });
});

rules.run();
secrets.run();
counting.run();
