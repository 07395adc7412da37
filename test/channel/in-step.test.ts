/**
 * `check` (invariants.ts) and `ruleUses` (checkable.ts) look at the same rules: this holds them in step,
 * for events of every kind of history, spoilt in every field.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { evolve } from '../../src/channel/evolve.ts';
import { check } from '../../src/channel/invariants.ts';
import { newChannel } from '../../src/channel/state.ts';
import { outpointOf, Txid } from '../../src/lightning/ids.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { blockHash } from './given.ts';

const inStep = suite('what is checked and what is said to be');
const seed = 20_260_314;
const otherTxid = Txid('e'.repeat(64));

/** The event with one field of its data changed; most of these break a rule. */
function* spoilt({ type, data }: ChannelEvent): Generator<ChannelEvent> {
  if (type === 'CommitmentUpdated') {
    yield { type, data: { ...data, stated: { localSat: 1n, remoteSat: 1n } } };
  }
  if (type === 'ChannelClosed') {
    yield { type, data: { ...data, fundingOutpoint: outpointOf(otherTxid, 0) } };
  }
  for (const [field, value] of Object.entries(data)) {
    if (field === 'htlcs') {
      yield { type, data: { ...data, [field]: [...value, ...value] } } as ChannelEvent;
    }
    if (field === 'offered' || field === 'received') {
      yield { type, data: { ...data, [field]: [9_999] } } as ChannelEvent;
      yield { type, data: { ...data, [field]: [...value, ...value] } } as ChannelEvent;
    }
    for (const other of othersOf(value)) {
      yield { type, data: { ...data, [field]: other } } as ChannelEvent;
    }
  }
}

function* othersOf(value: unknown): Generator<unknown> {
  if (typeof value === 'bigint') yield* [value + 1n, value - 1n, value + 500_000_000n, -1n];
  if (typeof value === 'number') yield* [value + 1, value - 1, 0, 2 ** 40, 2 ** 48];
  if (value === 'local' || value === 'remote') yield value === 'local' ? 'remote' : 'local';
  if (typeof value === 'string' && value.length >= 64) yield `${'e'.repeat(64)}${value.slice(64)}`;
  if (Array.isArray(value)) yield [];
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [field, inner] of Object.entries(value)) {
      for (const other of othersOf(inner)) yield { ...value, [field]: other };
    }
  }
}

/** Told where nothing of the kind stands. */
const undone: readonly ChannelEvent[] = [
  { type: 'CloseUnconfirmed', data: { closingTxid: otherTxid, height: 1, blockHash } },
  {
    type: 'OutputUnconfirmed',
    data: { outpoint: outpointOf(otherTxid, 0), sweepTxid: otherTxid, height: 1, blockHash },
  },
];

/** These are kept by the event's type alone, and broken by others at the same place. */
const ofOrder = new Set<string>(['opened-once', 'closed-is-final']);
const useOf = (type: string, rule: string) => (ofOrder.has(rule) ? rule : `${type} ${rule}`);

const applied = new Set<string>();
const broken = new Set<string>();
/** Broken, and not said to apply. */
const unsaid = new Set<string>();

function hold(state: typeof newChannel, event: ChannelEvent): void {
  const uses = ruleUses(state, event);
  for (const { rule, whyNot } of uses) {
    if (whyNot === undefined) applied.add(useOf(event.type, rule));
  }
  const violation = check(state, event);
  if (violation === undefined) return;
  broken.add(useOf(event.type, violation.rule));
  const use = uses.find(({ rule }) => rule === violation.rule);
  const said = use === undefined ? 'nothing was said of it' : use.whyNot;
  if (said !== undefined) unsaid.add(`${event.type} ${violation.rule}: ${said}`);
}

inStep('are the same: whatever is broken was said to apply', () => {
  const property = fc.property(historySteps, (steps) => {
    let state = newChannel;
    for (const event of historyOf(steps)) {
      hold(state, event);
      for (const other of [...spoilt(event), ...undone]) hold(state, other);
      const after = evolve(state, event);
      hold(after, event);
      state = after;
    }
  });
  fc.assert(property, { seed, numRuns: 60 });
  equal([...unsaid].sort(), []);
});

inStep('are the same: whatever is said to apply can be broken', () => {
  equal([...applied].filter((one) => !broken.has(one)).sort(), []);
});

inStep.run();
