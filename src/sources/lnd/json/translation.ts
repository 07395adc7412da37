/** From the records of one file of answers to observations. */
import { NodeId, Txid } from '../../../lightning/ids.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { Known } from '../../known.ts';
import type { Tally } from '../../tally.ts';
import type { ChannelNames } from '../channel-names.ts';
import { contentKey } from '../content-key.ts';
import { behind, fullyResolved, type Moment, notBefore, type Teller } from '../told.ts';
import type { ToldBlocks } from '../told-blocks.ts';
import { closedChannel } from './closed-channels.ts';
import { COMMANDS } from './commands.ts';
import type { EqualForwards } from './equal-forwards.ts';
import { invoiceFacts, notPaid } from './invoices.ts';
import { ANCHORS_UNTOLD, openChannel, pendingChannel } from './open-channels.ts';
import { parentOf, stretchOf } from './pages.ts';
import { forwardFact, type ListedFact, paymentFact } from './payments.ts';
import { edgePolicies, peerFacts, renamed } from './peers-and-graph.ts';
import {
  forms,
  type Invoice,
  isUnreadList,
  kindOf,
  type RecordKind,
  whyUnread,
} from './records.ts';
import type { JsonItem } from './stream.ts';
import { type FileSurvey, isBlockTold } from './survey.ts';
import { type ToldAnswers, toldAnswers } from './told-answers.ts';
import { heightOf, secondsNsOf, wholeOf } from './values.ts';

export interface TranslationPorts {
  readonly teller: Teller;
  readonly times: ToldBlocks;
  readonly names: ChannelNames;
  readonly tally: Tally;
  /** When this file's answers were given. */
  readonly given: Moment;
  /** Whether a time is told with them: else they stand at a bound far off. */
  readonly isDated: boolean;
  readonly file: string;
  /** How forwards of a page are counted that are equal within a second. */
  readonly equalForwards: (path: readonly string[]) => EqualForwards;
  /** What the ledger has already. */
  readonly known: Known | undefined;
}

const TXID_LENGTH = 64;
/** A second of them: blocks, and so answers, are further apart. */
const MOST_PLACES = 1_000_000_000n;

export class Translation {
  readonly #ports: TranslationPorts;
  readonly #told: ToldAnswers;

  constructor(ports: TranslationPorts) {
    this.#ports = ports;
    this.#told = toldAnswers(ports.teller.nodeId, ports);
  }

  /** What the file says of its node and of its lists. */
  *ofFile(file: FileSurvey): Generator<Observation, void, undefined> {
    const { teller, tally, given } = this.#ports;
    const { blockHeight: height, blockHash, headerNs } = file;
    for (const flaw of file.flaws) tally.bad(`${this.#ports.file}, getinfo`, flaw);
    if (height !== undefined && blockHash !== undefined && isBlockTold(file)) {
      tally.read('getinfo');
      const blockTime =
        headerNs === undefined ? {} : { blockTime: Number(headerNs / 1_000_000_000n) };
      const found = { at: given, evidence: 'getinfo', key: `block/${height}` };
      const data = { height, blockHash, ...blockTime };
      yield teller.node(found, { type: 'BestBlockChanged', data });
    }
    for (const [path, stretch] of file.stretches) {
      const { list } = stretch;
      const read = list === 'forwards' ? stretchOf(file, path, stretch) : stretch;
      yield this.#listRead({ ...read, list }, path);
    }
    const withLists = new Set([...file.stretches.keys()].map(parentOf));
    for (const [path, last] of file.lastOffsets) {
      if (!withLists.has(path) && last === 0) {
        yield this.#listRead({ list: 'forwards', firstIndex: 0, lastIndex: 0, count: 0 }, path);
      }
    }
  }

  #listRead(
    data: {
      readonly list: 'payments' | 'invoices' | 'forwards';
      readonly firstIndex: number;
      readonly lastIndex: number;
      readonly count: number;
    },
    path: string,
  ): Observation {
    const { teller, tally, given } = this.#ports;
    const { list, firstIndex, lastIndex } = data;
    if (list === 'forwards') {
      tally.cannotTell(
        'forwards outside the span of time that fwdinghistory was asked for: unless told otherwise it gives 100 of the last day',
      );
      tally.cannotTell('whether a forward was claimed on chain');
    }
    const key = `${given.happenedAtNs}/${firstIndex}-${lastIndex}`;
    const fact = { ...data, ...(list === 'forwards' && { isWindow: true }) };
    return teller.node({ at: given, evidence: path, key }, { type: 'ListRead', data: fact });
  }

  /** What one record says. One that is no such record is named in the tally and passed over. */
  *of(item: JsonItem): Generator<Observation, void, undefined> {
    if (!item.isElement) return;
    const list = item.path.at(-1) ?? '';
    const { tally, file } = this.#ports;
    if (isUnreadList(list)) {
      tally.unread(list, whyUnread(list));
      return;
    }
    const kind = kindOf(list, item.value);
    if (kind === undefined) return;
    const place = `${file}, ${item.path.join('.')} at byte ${item.byte}`;
    let observations: readonly Observation[];
    try {
      observations = this.#observations(kind, item);
    } catch (error) {
      tally.bad(place, error instanceof Error ? error.message : 'it cannot be read');
      return;
    }
    yield* observations;
  }

  #observations(kind: RecordKind, { path, value }: JsonItem): readonly Observation[] {
    const read = this.#readers[kind](value, path);
    if (read === undefined) throw new Error(forms[kind].flaw(value));
    this.#ports.tally.read(COMMANDS[kind]);
    return read;
  }

  /** By kind; undefined where the value has not the form of its kind. */
  readonly #readers: Readonly<
    Record<
      RecordKind,
      (value: unknown, path: JsonItem['path']) => readonly Observation[] | undefined
    >
  > = {
    openChannel: (value) => this.#openChannel(value),
    closedChannel: (value) => this.#closedChannel(value),
    pendingChannel: (value, path) => this.#pendingChannel(value, path.at(-1)),
    payment: (value) => {
      const payment = forms.payment.of(value);
      return (
        payment && this.#listed(paymentFact(payment, this.#ports.teller), 'payments under way')
      );
    },
    invoice: (value) => {
      const invoice = forms.invoice.of(value);
      return invoice && this.#invoice(invoice);
    },
    forward: (value, path) => this.#forward(value, path),
    peer: (value) => this.#peer(value),
    edge: (value) => this.#edge(value),
    chainTransaction: (value) => {
      // Its block and time were taken in the first pass; what it moved is the wallet's.
      const transaction = forms.chainTransaction.of(value);
      heightOf(transaction?.block_height);
      secondsNsOf(transaction?.time_stamp);
      return transaction && [];
    },
  };

  #openChannel(value: unknown): readonly Observation[] | undefined {
    const { teller, given, isDated, tally } = this.#ports;
    const channel = forms.openChannel.of(value);
    if (channel === undefined) return undefined;
    const { seen, ...known } = openChannel(channel);
    if (channel.commitment_type === 'ANCHORS') tally.cannotTell(ANCHORS_UNTOLD);
    const content = contentKey(undefined, channel);
    const evidence = `listchannels ${channel.channel_point}, answer ${content}`;
    if (this.#told.has(known.channelId, evidence)) {
      tally.unread('listchannels without a time', 'the same was told before with its time');
      return [];
    }
    const key = isDated ? `${given.happenedAtNs}/${content}` : content;
    // Answers given within one block stand at one moment: the channel's own count of updates orders them.
    const updates = wholeOf(channel.num_updates);
    const { shortChannelId: place } = known.context;
    // Held to its own channel's block, whatever else its list names: what dates that block dates the answer.
    const since = isDated || place === undefined ? given : this.#ports.times.since(place);
    const at = behind(since, Number(updates < MOST_PLACES ? updates : MOST_PLACES));
    const found = { at, evidence, key };
    const told = [teller.channel(known, found, { type: 'BalanceSeen', data: seen })];
    const { peer_alias: alias } = channel;
    const peerId = NodeId(channel.remote_pubkey);
    if (!alias || this.#told.isNamed(peerId, alias)) return told;
    const { fact, at: named, key: name } = renamed(alias, given);
    return [...told, teller.peer(peerId, { at: named, evidence, key: name }, fact)];
  }

  #pendingChannel(value: unknown, list: string | undefined): readonly Observation[] | undefined {
    const { teller, given, isDated, tally } = this.#ports;
    const pending = forms.pendingChannel.of(value);
    if (pending === undefined) return undefined;
    if (!isDated) {
      // It would be called closing from the chain's beginning on.
      tally.unread('pending channels', 'no time is told with them: import them with getinfo');
      return [];
    }
    const known = pendingChannel(pending);
    const { channel_point: point } = pending.channel;
    const found = { at: given, evidence: `pendingchannels ${point}`, key: `pending/${point}` };
    if (list === 'pending_open_channels') {
      const txid = Txid(point.slice(0, TXID_LENGTH));
      const data = { txid, purpose: 'funding', by: known.context.opener ?? 'unknown' } as const;
      return [teller.channel(known, found, { type: 'TransactionBroadcast', data })];
    }
    // The same words on every list that it passes through: it gave up once.
    const reason = 'lnd lists it among the channels that are closing';
    const seen = { ...found, key: `${found.key}/${given.happenedAtNs}` };
    const started = teller.channel(known, seen, {
      type: 'CloseStarted',
      data: { by: 'unknown', reason },
    });
    const txid = pending.closing_txid;
    if (txid === undefined || !/^[0-9a-f]{64}$/.test(txid)) return [started];
    const data = { txid: Txid(txid), purpose: 'unknown', by: 'unknown' } as const;
    const after = { ...found, at: behind(given, 1) };
    return [started, teller.channel(known, after, { type: 'TransactionBroadcast', data })];
  }

  #closedChannel(value: unknown): readonly Observation[] | undefined {
    const { teller, given, times } = this.#ports;
    const channel = forms.closedChannel.of(value);
    if (channel === undefined) return undefined;
    const facts = closedChannel(channel);
    const { height, close, resolutions } = facts;
    const at = height === undefined ? given : times.at(height);
    const evidence = `closedchannels ${channel.channel_point}`;
    const found = (places: number) => {
      // Only the close has a height: what followed is placed right behind it.
      const after = behind(notBefore(at), places);
      return { at: after, evidence, key: `${channel.channel_point}/${places}` };
    };
    const resolved = fullyResolved(close.data);
    // An end of which no time is told comes with the last claim: it has no place of its own.
    const isAtOnce = resolved.data.isTimeUntold === undefined;
    const end = behind(notBefore(at), resolutions.length + (isAtOnce ? 1 : 0));
    return [
      teller.channel(facts, { at, evidence, key: channel.channel_point }, close),
      ...resolutions.map((fact, nth) => teller.channel(facts, found(nth + 1), fact)),
      teller.channel(facts, { ...found(resolutions.length + 1), at: end }, resolved),
    ];
  }

  #invoice(invoice: Invoice): readonly Observation[] {
    const facts = invoiceFacts(invoice);
    if (facts.length === 0) this.#ports.tally.unread(...notPaid(invoice));
    return facts.flatMap((fact) => this.#listed(fact, ''));
  }

  #listed(fact: ListedFact | undefined, otherwise: string): readonly Observation[] {
    if (fact === undefined) {
      this.#ports.tally.unread(otherwise, 'nothing has moved by them');
      return [];
    }
    const { at, key, evidence = key, paymentHash } = fact;
    return [this.#ports.teller.node({ at, evidence, key }, fact.fact, paymentHash)];
  }

  #forward(value: unknown, path: readonly string[]): readonly Observation[] | undefined {
    const forward = forms.forward.of(value);
    if (forward === undefined) return undefined;
    const counted = this.#ports.equalForwards(path).next(forward);
    return this.#listed(forwardFact(forward, counted), 'forwards');
  }

  #peer(value: unknown): readonly Observation[] | undefined {
    const { teller, given } = this.#ports;
    const peer = forms.peer.of(value);
    if (peer === undefined) return undefined;
    const peerId = NodeId(peer.pub_key);
    return peerFacts(peer, given).flatMap(({ fact, at, key }) => {
      if (fact.type === 'PeerRenamed' && this.#told.isNamed(peerId, fact.data.alias)) return [];
      return teller.peer(peerId, { at, evidence: `listpeers ${peerId}`, key }, fact);
    });
  }

  #edge(value: unknown): readonly Observation[] | undefined {
    const { teller, tally, names } = this.#ports;
    const edge = forms.edge.of(value);
    if (edge === undefined) return undefined;
    const policies = edgePolicies(edge, teller.nodeId, names);
    if (policies === undefined) {
      tally.unread('edges of other nodes', 'describegraph prints them without their signatures');
      return [];
    }
    return policies.map(({ data, at, ...known }) => {
      const key = `${data.side}/${data.timestamp}`;
      const evidence = `describegraph ${edge.chan_point}`;
      return teller.channel(known, { at, evidence, key }, { type: 'FeePolicyChanged', data });
    });
  }
}
