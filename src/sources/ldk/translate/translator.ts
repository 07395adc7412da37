/**
 * One LDK node's tap records as observations. It only remembers and joins: every fact comes from the
 * record it is told with, or from one before it.
 */
import { hexToBytes } from '../../../lightning/bytes.ts';
import {
  type ChannelId,
  type NodeId,
  type ShortChannelId,
  splitOutpoint,
} from '../../../lightning/ids.ts';
import { parseTransaction, type Transaction } from '../../../lightning/transaction.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { LdkEvent } from '../ldk-events.ts';
import type { TapRecord } from '../taps.ts';
import type { WireMessage } from '../wire-messages.ts';
import { ChannelBook, type ChannelMemory } from './channel-book.ts';
import { outputsClaimed } from './claims.ts';
import { ownRevocation, stepFacts } from './commitments.ts';
import { Gossip } from './gossip.ts';
import { Told } from './header.ts';
import { broadcastPurpose, channelClosed, fundingConfirmed } from './on-chain.ts';
import { Openings, openingFacts } from './opening.ts';
import { Payments, type PaymentsMemory } from './payments.ts';
import { closeStarted, peerMessage, refusedOpen } from './peers.ts';
import { blockDisconnected, forgetResolved } from './reorganisation.ts';
import { undecoded } from './undecoded.ts';

type Block = Extract<TapRecord, { readonly kind: 'block' }>;

/** A translator as plain data: a network that goes on in another process needs it to. */
export interface TranslatorMemory {
  readonly chain: string;
  readonly payments: PaymentsMemory;
  readonly books: readonly ChannelMemory[];
  readonly announced: ReadonlySet<ShortChannelId>;
  readonly connected: ReadonlySet<NodeId>;
  readonly peers: ReadonlySet<NodeId>;
  readonly blockHeight: number;
}

export class LdkTranslator {
  readonly #chain: string;
  readonly #openings = new Openings();
  readonly #payments: Payments;
  readonly #gossip: Gossip;
  readonly #books: Map<ChannelId, ChannelBook>;
  readonly #connected: Set<NodeId>;
  readonly #peers: Set<NodeId>;
  #blockHeight: number;

  constructor(chain: string, memory?: TranslatorMemory) {
    this.#chain = chain;
    this.#payments = new Payments(memory?.payments);
    this.#gossip = new Gossip(memory?.announced);
    const books = memory?.books.map((book) => ChannelBook.remembered(book)) ?? [];
    this.#books = new Map(books.map((book) => [book.channelId, book]));
    this.#connected = new Set(memory?.connected);
    this.#peers = new Set(memory?.peers);
    this.#blockHeight = memory?.blockHeight ?? 0;
  }

  get blockHeight(): number {
    return this.#blockHeight;
  }

  /** All it remembers; taken where the network is quiet, so that nothing waits for a message. */
  memory(): TranslatorMemory {
    return {
      chain: this.#chain,
      payments: this.#payments.memory(),
      books: [...this.#books.values()].map((book) => book.memory()),
      announced: this.#gossip.announced,
      connected: this.#connected,
      peers: this.#peers,
      blockHeight: this.#blockHeight,
    };
  }

  /** What one record says; often nothing. Records of one node, in their order. */
  translate(record: TapRecord): Observation[] {
    const told = new Told(record, this.#chain, this.#blockHeight);
    switch (record.kind) {
      case 'node-started':
        return this.#started(told, record.isRestart);
      case 'persist-new':
        return this.#opened(told, record);
      case 'persist-update': {
        const book = this.#books.get(record.channelId);
        if (book === undefined) return [];
        return record.update.steps.flatMap((step) =>
          this.#payments.noted(book, stepFacts(told, book, step, this.#find)),
        );
      }
      case 'ldk-event':
        return this.#event(told, record.event);
      case 'gossip':
        return this.#gossip.message(told, record.raw, this.#gossipContext(record.node));
      case 'message-in':
        return this.#message(told, record, false);
      case 'message-out':
        return this.#message(told, record, true);
      case 'peer-connected': {
        const { peer, features, isInbound } = record;
        this.#connected.add(peer);
        this.#peers.add(peer);
        return [told.peer(peer, { type: 'PeerConnected', data: { isInbound, features } })];
      }
      case 'peer-disconnected':
        return this.#disconnected(told, record.peer);
      case 'block':
        return this.#block(record);
      case 'block-disconnected': {
        this.#blockHeight = record.height - 1;
        const books = [...this.#books.values()];
        return books.flatMap((book) => blockDisconnected(told, book, record.hash));
      }
      case 'broadcast':
        return this.#broadcast(told, parse(record.transaction));
      case 'feerate': {
        const { target, feeratePerKw } = record;
        return [told.node({ type: 'FeerateEstimated', data: { target, feeratePerKw } })];
      }
      case 'undecoded':
        return [told.node(undecoded(record, (channelId) => this.#books.has(channelId)))];
      case 'persist-chain-sync':
      case 'archived':
        return [];
    }
  }

  /** A node that was killed told nobody that its connections went with it. */
  #started(told: Told, isRestart: boolean): Observation[] {
    if (!isRestart) return [];
    const gone = [...this.#connected];
    this.#connected.clear();
    const data = { why: 'the node was started again' };
    return gone.map((peer) => told.peer(peer, { type: 'PeerDisconnected', data }));
  }

  #opened(told: Told, record: Extract<TapRecord, { readonly kind: 'persist-new' }>): Observation[] {
    // At a restart the monitors are written again.
    if (this.#books.has(record.channelId)) return [];
    const opened = this.#openings.opened(record);
    if (opened === undefined) return [];
    const { book, pending } = opened;
    this.#books.set(book.channelId, book);
    return openingFacts(told, record, book, pending);
  }

  #message(
    told: Told,
    record: Extract<TapRecord, { readonly kind: 'message-in' | 'message-out' }>,
    isOurs: boolean,
  ): Observation[] {
    const { peer, message } = record;
    this.#openings.message(peer, message, isOurs);
    const book = 'channelId' in message ? this.#books.get(message.channelId) : undefined;
    const channelFacts =
      book === undefined ? [] : this.#channelMessage(told, book, message, isOurs);
    const peerFacts = peerMessage(told, peer, message, isOurs);
    if (message.type === 'error') {
      const refused = this.#openings.refused(message.channelId);
      if (refused !== undefined) peerFacts.push(refusedOpen(told, refused, message.text, isOurs));
    }
    if (message.type === 'channel_update') {
      const context = this.#gossipContext(record.node);
      peerFacts.push(...this.#gossip.message(told, message.raw, context));
    }
    return [...channelFacts, ...peerFacts];
  }

  #channelMessage(
    told: Told,
    book: ChannelBook,
    message: WireMessage,
    isOurs: boolean,
  ): Observation[] {
    switch (message.type) {
      case 'update_add_htlc': {
        const { htlcId, amountMsat, cltvExpiry, paymentHash } = message;
        const direction = isOurs ? 'offered' : 'received';
        const id = Number(htlcId);
        book.htlcs.proposed({ id, direction, amountMsat, cltvExpiry, paymentHash });
        return this.#payments.noted(book, book.flush(false));
      }
      case 'update_fulfill_htlc': {
        // Who fulfils received it: the direction is the other way round than the message's.
        const direction = isOurs ? 'received' : 'offered';
        const id = Number(message.htlcId);
        book.htlcs.removed({ id, direction, outcome: 'settled', preimage: message.preimage });
        if (!isOurs) this.#payments.ended(book, id, 'settled');
        return [];
      }
      case 'update_fail_htlc':
      case 'update_fail_malformed_htlc': {
        const direction = isOurs ? 'received' : 'offered';
        const id = Number(message.htlcId);
        const failureCode = 'failureCode' in message ? { failureCode: message.failureCode } : {};
        const failedAt = isOurs ? 'local' : 'downstream';
        book.htlcs.removed({ id, direction, outcome: 'failed', failedAt, ...failureCode });
        const known = book.htlcs.get(direction, id);
        const isOwnPayment = !isOurs && known?.source?.kind === 'own-payment';
        if (known && isOwnPayment) this.#payments.failed(known.paymentHash, known.amountMsat);
        if (!isOurs) this.#payments.ended(book, id, 'failed');
        return [];
      }
      case 'revoke_and_ack':
        return isOurs ? ownRevocation(told, book, message.perCommitmentSecret) : [];
      case 'channel_ready':
        if (message.alias !== null) book.aliases[isOurs ? 'local' : 'remote'] = message.alias;
        return [];
      case 'shutdown': {
        const by = isOurs ? 'local' : 'remote';
        book.shutdownScripts[by] = message.script;
        const secret = { script: message.script };
        return [told.channel(book, { type: 'ShutdownStarted', data: { by }, secret })];
      }
      default:
        return [];
    }
  }

  #event(told: Told, event: LdkEvent): Observation[] {
    const byId = (channelId: ChannelId) => this.#books.get(channelId);
    const book = 'channelId' in event && event.channelId ? byId(event.channelId) : undefined;
    if (event.type === 'ChannelReady' && book !== undefined) {
      const { local, remote } = book.aliases;
      const { fundingOutpoint } = book;
      const aliases = {
        ...(local && { localAlias: local }),
        ...(remote && { remoteAlias: remote }),
      };
      return [told.channel(book, { type: 'ChannelReady', data: { fundingOutpoint, ...aliases } })];
    }
    if (event.type === 'ChannelClosed' && book !== undefined) {
      const waited = this.#payments.noted(book, book.flush(true));
      return [...waited, closeStarted(told, book, event.reason)];
    }
    return this.#payments.event(told, event, { byId });
  }

  #disconnected(told: Told, peer: NodeId): Observation[] {
    if (!this.#connected.delete(peer)) return [];
    return [told.peer(peer, { type: 'PeerDisconnected', data: {} })];
  }

  #block(record: Block): Observation[] {
    const { height, hash: blockHash, time: blockTime } = record;
    this.#blockHeight = height;
    const told = new Told(record, this.#chain, height);
    const data = { height, blockHash, blockTime };
    const observations: Observation[] = [told.node({ type: 'BestBlockChanged', data })];
    const place = { height, blockHash };
    const transactions = record.transactions.map(parse);
    for (const book of this.#books.values()) {
      forgetResolved(book, height);
      const { txid: fundingTxid } = splitOutpoint(book.fundingOutpoint);
      for (const [index, transaction] of transactions.entries()) {
        if (transaction.txid === fundingTxid) {
          observations.push(...fundingConfirmed(told, book, place, index));
        }
        if (transaction.inputs.some(({ outpoint }) => outpoint === book.fundingOutpoint)) {
          const waited = this.#payments.noted(book, book.flush(true));
          observations.push(...waited, ...channelClosed(told, book, place, transaction));
        } else if (book.openOutputs.size > 0) {
          observations.push(
            ...this.#payments.claimed(book, outputsClaimed(told, book, place, transaction)),
          );
        }
      }
    }
    return observations;
  }

  #broadcast(told: Told, transaction: Transaction): Observation[] {
    return [...this.#books.values()].flatMap((book) => {
      const purpose = broadcastPurpose(book, transaction);
      if (purpose === undefined) return [];
      const data = { txid: transaction.txid, purpose, by: 'local' } as const;
      return [told.channel(book, { type: 'TransactionBroadcast', data })];
    });
  }

  readonly #find = (shortChannelId: ShortChannelId): ChannelBook | undefined => {
    for (const book of this.#books.values()) {
      const { local, remote } = book.aliases;
      if ([book.shortChannelId, local, remote].includes(shortChannelId)) return book;
    }
    return undefined;
  };

  #gossipContext(nodeId: NodeId) {
    return { nodeId, find: this.#find, isPeer: (peer: NodeId) => this.#peers.has(peer) };
  }
}

function parse(transaction: string): Transaction {
  return parseTransaction(hexToBytes(transaction));
}
