/** Whatever in a ledger names something or somebody, opened secrets too: none of it is for a stranger. */
import type { Ledger } from '../../../src/ledger/ledger.ts';

export type Identifier =
  | 'key'
  | 'hash'
  | 'secret'
  | 'outpoint'
  | 'short channel id'
  | 'alias'
  | 'address'
  | 'words'
  | 'time'
  | 'height'
  | 'bytes'
  | 'event id';

/** Text that somebody else wrote, by its field. */
const OUTSIDE: ReadonlyMap<string, Identifier> = new Map([
  ['text', 'words'],
  ['sourceReason', 'words'],
  ['why', 'words'],
  ['label', 'words'],
  ['memo', 'words'],
  ['reason', 'words'],
  ['target', 'words'],
  ['source', 'words'],
  ['description', 'words'],
  ['alias', 'alias'],
  ['address', 'address'],
  ['addresses', 'address'],
]);

/** What nodes' own source code and the importers write, letter by letter: nobody's own words. */
const OF_NOBODY = [
  // rust-lightning: ConfirmationTarget and ClosureReason.
  /^(?:MaximumFeeEstimate|UrgentOnChainSweep|MinAllowed(?:Non)?AnchorChannelRemoteFee)$/,
  /^(?:(?:Non)?AnchorChannelFee|ChannelCloseMinimum|OutputSpendingFee)$/,
  /^(?:CounterpartyForceClosed|HolderForceClosed|LegacyCooperativeClosure|FundingTimedOut)$/,
  /^(?:CounterpartyInitiated|LocallyInitiated)CooperativeClosure$/,
  /^(?:CommitmentTxConfirmed|ProcessingError|OutdatedChannelManager|HTLCsTimedOut)$/,
  /^(?:CounterpartyCoopClosedUnfundedChannel|PeerFeerateTooLow)$/,
  // Core Lightning: state_change's causes, and one of its messages.
  /^(?:user|remote|local|protocol|onchain)$/,
  /^User or plugin invoked close command$/,
  // What the ledger calls its own sources.
  /^(?:ldk|(?:lnd|cln)-(?:db|rpc)|lnd-log|cln-bookkeeper|electrum|chain|gossip)$/,
  /^(?:local|remote|offered|received) .*\d (?:was|were) not seen$/,
  /^Core Lightning delete/,
];
const isOfNobody = (text: string) => OF_NOBODY.some((own) => own.test(text));

const HEIGHT = /(?:height|cltvExpiry)$/i;
/** A height of the demo's small chain is any number; one of a real chain is nothing else. */
const REAL_HEIGHT = 100_000;

/** Each with what it is; the same text is there once. */
export async function identifiersOf(ledger: Ledger): Promise<ReadonlyMap<string, Identifier>> {
  const found = new Map<string, Identifier>();
  for await (const { id, stream, data, metadata } of ledger.store.readAll()) {
    found.set(id, 'event id');
    visit(found, 'stream', stream);
    visit(found, 'data', JSON.parse(data));
    visit(found, 'metadata', JSON.parse(metadata));
  }
  for (const { channelId, nodeId } of [...ledger.channels(), ...ledger.closed()]) {
    for (const { sealed } of ledger.history(channelId, { nodeId })) {
      if (sealed?.state !== 'open') continue;
      for (const text of hexIn(sealed.fields)) found.set(text, 'secret');
    }
  }
  return found;
}

function visit(found: Map<string, Identifier>, field: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      visit(found, Array.isArray(value) ? field : name, inner);
    }
  } else if (typeof value === 'number') {
    if (HEIGHT.test(field) && value >= REAL_HEIGHT) found.set(String(value), 'height');
  } else if (typeof value === 'string') {
    for (const text of value.match(/[0-9a-f]{64}:\d+/g) ?? []) found.set(text, 'outpoint');
    for (const text of hexIn(value)) {
      found.set(text, text.length === 66 ? 'key' : text.length === 64 ? 'hash' : 'bytes');
    }
    for (const text of value.match(/\b\d+x\d+x\d+\b/g) ?? []) found.set(text, 'short channel id');
    for (const text of value.match(/\d{4}-\d\d-\d\dT[\d:]+/g) ?? []) found.set(text, 'time');
    const outside = OUTSIDE.get(field);
    if (outside !== undefined && value.length > 2 && !isOfNobody(value)) found.set(value, outside);
  }
}

function hexIn(value: unknown): readonly string[] {
  return JSON.stringify(value).match(/[0-9a-f]{16,}/g) ?? [];
}
