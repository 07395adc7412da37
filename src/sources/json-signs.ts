/**
 * Which program wrote a JSON file, by names that only its records have: read as far as it takes to tell,
 * in pieces. Names stand in objects, and lists tell whose they are by what their elements are made of.
 */

/** The importers that read such a file; none where it is JSON of something else. */
export interface JsonSign {
  readonly what: string;
  readonly sources: readonly string[];
}

const LNCLI: JsonSign = { what: 'JSON that lncli prints', sources: ['lnd'] };
const LIGHTNING_CLI: JsonSign = { what: 'JSON that lightning-cli prints', sources: ['cln'] };
const LND_TRANSACTIONS: JsonSign = { what: "lnd's listchaintxns", sources: ['lnd', 'chain'] };
const BITCOIN_CLI: JsonSign = {
  what: "bitcoin-cli's JSON of transactions or blocks",
  sources: ['chain'],
};
const WALLET: JsonSign = { what: 'an Electrum wallet', sources: ['electrum'] };

/** Names of the outermost object's own members. */
const MEMBERS: Readonly<Record<string, JsonSign>> = {
  seed_version: WALLET,
  keystore: WALLET,
  /** Near the beginning, so that one that is cut off is known too. */
  addr_history: WALLET,
  txid: BITCOIN_CLI,
  merkleroot: BITCOIN_CLI,
  tx_hash: { ...LND_TRANSACTIONS, sources: ['chain'] },
  identity_pubkey: LNCLI,
  $schema: { what: 'a JSON schema, which describes records and is none', sources: [] },
};

interface ListSign {
  /** An element that has one of these is such a record. */
  readonly members: readonly string[];
  readonly sign: JsonSign;
}

const lnd = (...members: readonly string[]): ListSign => ({ members, sign: LNCLI });
const cln = (...members: readonly string[]): ListSign => ({ members, sign: LIGHTNING_CLI });

/** By the list's name. `channels` is that of several commands of both programs. */
const LISTS: Readonly<Record<string, readonly ListSign[]>> = {
  channels: [lnd('channel_point', 'chan_id'), cln('funding_txid', 'peer_id')],
  closedChannels: [lnd('channel_point', 'chan_id')],
  closed_channels: [lnd('channel_point', 'chan_id')],
  closedchannels: [cln('channel_id', 'funding_txid')],
  pending_open_channels: [lnd('channel')],
  pending_closing_channels: [lnd('channel')],
  pending_force_closing_channels: [lnd('channel')],
  waiting_close_channels: [lnd('channel')],
  payments: [lnd('payment_index', 'value_msat', 'value_sat', 'creation_date')],
  invoices: [lnd('r_hash', 'add_index')],
  forwarding_events: [lnd('chan_id_in')],
  peers: [lnd('pub_key')],
  nodes: [lnd('pub_key')],
  edges: [lnd('chan_point', 'node1_pub')],
  channel_fees: [lnd('channel_point', 'chan_id')],
  utxos: [lnd('pk_script')],
  transactions: [
    { members: ['tx_hash'], sign: LND_TRANSACTIONS },
    { members: ['txid'], sign: BITCOIN_CLI },
  ],
  forwards: [cln('in_channel')],
  htlcs: [cln('short_channel_id')],
  events: [cln('account')],
  channelmoves: [cln('account_id')],
  chainmoves: [cln('account_id')],
};

/** What node it is stands deeper in what a program has put together of several answers. */
const ANYWHERE: ReadonlySet<string> = new Set(['identity_pubkey']);
/** A list stands in the outermost object, or in the `result` of a JSON-RPC answer. */
const MOST_LISTS_DEEP = 2;
const MOST_DEPTH = 256;
const MOST_NAME_BYTES = 64;
const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

interface Container {
  readonly isList: boolean;
  /** Of a list: the name that leads to it. Of an element: that of its list. */
  readonly name: string;
  isEmpty: boolean;
}

export class JsonSigns {
  readonly #stack: Container[] = [];
  #isInText = false;
  #isEscaped = false;
  #text = '';
  /** The member whose value comes next. */
  #name = '';
  #hasMember = false;
  /** Lists that are there and hold nothing: of whose kind they are only their name tells. */
  readonly #empty = new Set<string>();
  readonly #members = new Set<string>();

  /** The sign, as soon as there is one. */
  take(chunk: Uint8Array): JsonSign | undefined {
    for (const byte of chunk) {
      const sign = this.#isInText ? this.#takeText(byte) : this.#next(byte);
      if (sign !== undefined) return sign;
    }
    return undefined;
  }

  /** Whether what was taken, which has a member at least, ends in the middle of a text, an object or a list. */
  get isCutOff(): boolean {
    return this.#hasMember && (this.#isInText || this.#stack.length > 0);
  }

  /** What an end without any sign means: lists that are empty, or JSON of something else. */
  end(): JsonSign | undefined {
    const signs = [...this.#empty].flatMap((name) => LISTS[name]?.map(({ sign }) => sign) ?? []);
    const [first] = signs;
    if (first === undefined) return undefined;
    const sources = [...new Set(signs.flatMap((sign) => sign.sources))];
    return { what: sources.length === 1 ? first.what : 'JSON of empty lists', sources };
  }

  #takeText(byte: number): undefined {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isInText = false;
      return;
    }
    if (this.#text.length < MOST_NAME_BYTES) this.#text += String.fromCharCode(byte);
  }

  #next(byte: number): JsonSign | undefined {
    if (isSpace(byte)) return undefined;
    const top = this.#stack.at(-1);
    switch (byte) {
      case QUOTE:
        this.#isInText = true;
        this.#text = '';
        break;
      case COLON:
        this.#name = this.#text;
        this.#hasMember = true;
        if (top !== undefined && !top.isList) return this.#member(top, this.#name);
        break;
      case OPEN:
      case OPEN_LIST:
        this.#open(byte === OPEN_LIST, top);
        break;
      case CLOSE:
      case CLOSE_LIST:
        this.#close();
        return undefined;
    }
    if (top !== undefined) top.isEmpty = false;
    return undefined;
  }

  #open(isList: boolean, top: Container | undefined): void {
    const name = top?.isList ? top.name : this.#name;
    // What is nested deeper is read by nobody, and its ends are then those of what is around it.
    if (this.#stack.length >= MOST_DEPTH) return;
    this.#stack.push({ isList, name: this.#stack.length === 0 ? '' : name, isEmpty: true });
  }

  #close(): void {
    const closed = this.#stack.pop();
    const isNear = this.#stack.length <= MOST_LISTS_DEEP;
    if (closed?.isList && closed.isEmpty && isNear) this.#empty.add(closed.name);
    if (this.#stack.length === 0) this.#members.clear();
  }

  #member({ name: list }: Container, name: string): JsonSign | undefined {
    const depth = this.#stack.length;
    if (depth === 1 || ANYWHERE.has(name)) {
      this.#members.add(name);
      const isHeader = this.#members.has('hash') && this.#members.has('height');
      const sign = Object.hasOwn(MEMBERS, name) ? MEMBERS[name] : undefined;
      if (sign !== undefined || isHeader) return sign ?? BITCOIN_CLI;
    }
    const isElement = this.#stack.at(-2)?.isList === true;
    if (!isElement || !Object.hasOwn(LISTS, list)) return undefined;
    const found = LISTS[list]?.find(({ members }) => members.includes(name))?.sign;
    // lightning-cli's lists are read nowhere deeper; an example in a schema is one.
    const isAnswer = depth === 3 || (depth === 4 && this.#stack[1]?.name === 'result');
    return found === LIGHTNING_CLI && !isAnswer ? undefined : found;
  }
}
