/** given(events).when(question).then(answer): questions to a ledger that holds just these events. */
import { equal, instance, match } from 'uvu/assert';
import type { ChannelDraft } from '../../../src/channel/events.ts';
import type { GossipDraft } from '../../../src/gossip/events.ts';
import type { HistoryContext } from '../../../src/ledger/answers/history.ts';
import { columnsOf, eventId } from '../../../src/ledger/envelope.ts';
import { Keyring } from '../../../src/ledger/keyring.ts';
import { QuestionError } from '../../../src/ledger/query.ts';
import { LedgerRows } from '../../../src/ledger/rows.ts';
import { openSecret, seal, sealSubject } from '../../../src/ledger/sealing.ts';
import { eventTables, parseStream } from '../../../src/ledger/streams.ts';
import type { Txid } from '../../../src/lightning/ids.ts';
import type { NodeDraft } from '../../../src/node/events.ts';
import type { PeerDraft } from '../../../src/peer/events.ts';
import type { EventTable } from '../../../src/schema/event-definition.ts';
import { metadataCodec } from '../../../src/schema/metadata.ts';
import type { TimeBounds } from '../../../src/schema/time-bounds.ts';
import type { NewEvent } from '../../../src/store/event-store.ts';
import { MemoryStore } from '../../../src/store/memory.ts';
import { alice, at, bob, channelId, fundingOutpoint } from './rows.ts';

export interface Told {
  readonly stream: string;
  readonly fact: ChannelDraft | PeerDraft | NodeDraft | GossipDraft;
  /** Minutes of the hour that all tests share. */
  readonly happened: number;
  readonly recorded: number;
  readonly causationId?: string;
  /** Placed between other times, or recorded as it happened; told by its source otherwise. */
  readonly bounds?: TimeBounds;
  readonly timeBasis?: 'recorded';
}

/** What a stream is told, minute by minute; `recorded` where it was learned later. */
export function tell(
  stream: string,
  happened: number,
  fact: Told['fact'],
  recorded = happened,
): Told {
  return { stream, fact, happened, recorded };
}

export const ofChannel = (source = 'ldk', nodeId: string = alice, id: string = channelId) =>
  `channel-${nodeId}.${id}.${source}`;
export const ofPeer = (peerId: string, source = 'ldk', nodeId: string = alice) =>
  `peer-${nodeId}.${peerId}.${source}`;
export const ofNode = (nodeId: string = alice, source = 'ldk') =>
  `node-regtest.${nodeId}.${source}`;

/** 1,000,000 sat, opened by alice with bob, 400,000 sat of it bob's. */
export function opened(
  changes: Partial<Extract<ChannelDraft, { readonly type: 'ChannelOpened' }>['data']> = {},
): ChannelDraft {
  const data = {
    channelId,
    fundingOutpoint,
    peerId: bob,
    opener: 'local' as const,
    capacitySat: 1_000_000n,
    pushMsat: 400_000_000n,
    localBalanceMsat: 600_000_000n,
    remoteBalanceMsat: 400_000_000n,
    channelType: 'static_remotekey' as const,
    isPrivate: false,
    local: {},
    remote: {},
    feeratePerKw: 253,
    ...changes,
  };
  return { type: 'ChannelOpened', data };
}

export function updated(
  side: 'local' | 'remote',
  number: number,
  localBalanceMsat: bigint,
  held: { readonly offered?: number[]; readonly received?: number[] } = {},
  remoteBalanceMsat = 1_000_000_000n - localBalanceMsat,
): ChannelDraft {
  return {
    type: 'CommitmentUpdated',
    data: {
      side,
      number,
      fundingOutpoint,
      localBalanceMsat,
      remoteBalanceMsat,
      precision: 'msat',
      offered: held.offered ?? [],
      received: held.received ?? [],
    },
  };
}

/** By force, by us, with no output told. */
export function closedBy(
  closingTxid: Txid,
  changes: Partial<Extract<ChannelDraft, { readonly type: 'ChannelClosed' }>['data']> = {},
): ChannelDraft {
  const data = {
    fundingOutpoint,
    closingTxid,
    kind: 'local-force' as const,
    initiator: 'local' as const,
    outputs: [],
    ...changes,
  };
  return { type: 'ChannelClosed', data };
}

export interface Given {
  readonly context: HistoryContext;
  when<A>(question: (context: HistoryContext) => A): Asked<A>;
}

interface Asked<A> {
  then(answer: A): void;
  thenRefused(kind: QuestionError['kind'], message: RegExp): void;
}

/** Events go to the store in the order given, which is the order in which they were recorded. */
export async function given(...events: readonly Told[]): Promise<Given> {
  const store = new MemoryStore();
  const keyring = new Keyring({
    table: store.keys,
    ledgerKey: Buffer.alloc(32, 7),
    seed: 'answers',
    nowNs: () => 0n,
  });
  for (const told of events) {
    const { stream } = told;
    const expectedRevision = store.streamHead(stream)?.revision ?? -1;
    const result = await store.append(stream, [eventOf(told, keyring)], { expectedRevision });
    if (!result.ok) throw new Error(`${stream} was written to by somebody else`);
  }
  const context: HistoryContext = {
    store,
    rows: new LedgerRows(store),
    openSealed: (event) => openSecret(keyring, event),
  };
  return { context, when: (question) => asked(() => question(context)) };
}

/** Stored as it is told, past `decide`: what an answer makes of it is the question here. */
function eventOf(told: Told, keyring: Keyring): NewEvent {
  const { stream, fact, happened, recorded, causationId, bounds } = told;
  const name = parseStream(stream);
  const { type, data, secret } = fact;
  const table: EventTable = name === undefined ? {} : eventTables[name.category];
  const definition = table[type];
  if (name === undefined || definition === undefined) throw new Error(`${stream} has no ${type}`);
  const { schema, minReader, plainCodec, sealedCodec, factKey } = definition;
  // The same whatever was told before, as a source's own record key is.
  const id = eventId(stream, type, factKey(data, `${happened}/${recorded}`));
  const plain = plainCodec.encode(data);
  const hidden = secret && sealedCodec?.encode(secret);
  const sealed = hidden && seal(keyring, sealSubject(name), { stream, type, id }, hidden);
  const times = { happenedAt: at(happened), recordedAt: at(recorded) };
  return {
    id,
    type,
    data: sealed ? `${plain.slice(0, -1)},"sealed":${JSON.stringify(sealed)}}` : plain,
    metadata: metadataCodec.encode({
      source: name.source,
      evidence: 'test',
      timeBasis: bounds === undefined ? (told.timeBasis ?? 'source') : 'interpolated',
      ...bounds,
      ...times,
      ...(causationId !== undefined && { $causationId: causationId }),
      schema,
      minReader,
    }),
    columns: columnsOf(type, data, times),
  };
}

function asked<A>(question: () => A): Asked<A> {
  return {
    then(answer) {
      equal(question(), answer);
    },
    thenRefused(kind, message) {
      let refusal: unknown;
      try {
        question();
      } catch (cause) {
        refusal = cause;
      }
      instance(refusal, QuestionError);
      if (!(refusal instanceof QuestionError)) return;
      equal(refusal.kind, kind);
      match(refusal.message, message);
    },
  };
}
