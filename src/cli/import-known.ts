/** What the ledger knows already, as importers may ask for it. */
import type { ChannelContext } from '../channel/observations.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import { NodeId, Txid } from '../lightning/ids.ts';
import type { Metadata } from '../schema/metadata.ts';
import { timeNsOf } from '../schema/time.ts';
import type { Known, KnownChannel, KnownNode, KnownOutput } from '../sources/known.ts';
import type { Ledger } from './ledger-port.ts';

/** Of one node, or of all that the ledger records. */
export function knownBy(ledger: Ledger, nodeId: NodeId | undefined): Known {
  const query = nodeId === undefined ? {} : { nodeId };
  const nodes = nodesOf(ledger, nodeId);
  return {
    nodes,
    *channels(source) {
      // A node that is new may not be asked for either.
      if (nodes.length === 0) return;
      const all = [...ledger.channels(query), ...ledger.closed(query)];
      if (source === undefined) yield* all.map(knownChannel);
      // A source that told nothing yet is no source of the ledger, and may not be asked for.
      else if (all.some(({ sources }) => sources.includes(source))) {
        const alone = { ...query, source };
        yield* [...ledger.channels(alone), ...ledger.closed(alone)].map(knownChannel);
      }
    },
    *facts(subject, types) {
      const { about, nodeId, source } = subject;
      const [first, second] =
        about === 'node' ? [subject.chain, nodeId] : [nodeId, subject.subjectId];
      const stream = `${about}-${first}.${second}.${source}`;
      for (const { type, data, metadata } of ledger.store.streamBodies(stream, { types })) {
        const { evidence, happenedAt, timeBasis } = JSON.parse(metadata) as Pick<
          Metadata,
          'evidence' | 'happenedAt' | 'timeBasis'
        >;
        const isPlaced = timeBasis === 'interpolated';
        const happenedAtNs = timeNsOf(happenedAt);
        yield { type, evidence, happenedAtNs, isPlaced, data: JSON.parse(data) };
      }
    },
  };
}

const NODE_STREAM = /^node-([a-z0-9]+)\.(0[23][0-9a-f]{64})\./;
const CHANNEL_STREAM = /^channel-(0[23][0-9a-f]{64})\./;

/** Each node once for each chain that its records name. */
function nodesOf({ store }: Ledger, wanted: NodeId | undefined): readonly KnownNode[] {
  const nodes = new Map<string, KnownNode>();
  const chained = new Set<string>();
  for (const stream of store.streamNames('node-')) {
    const [, chain, id] = NODE_STREAM.exec(stream) ?? [];
    if (chain === undefined || id === undefined) continue;
    nodes.set(`${chain} ${id}`, { nodeId: NodeId(id), chain });
    chained.add(id);
  }
  for (const stream of store.streamNames('channel-')) {
    const [, id] = CHANNEL_STREAM.exec(stream) ?? [];
    if (id === undefined || chained.has(id)) continue;
    nodes.set(id, { nodeId: NodeId(id), chain: undefined });
  }
  return [...nodes.values()].filter(({ nodeId }) => wanted === undefined || nodeId === wanted);
}

function knownChannel(view: ChannelView): KnownChannel {
  const { nodeId, channelId, outpoints, shortChannelIds, close } = view;
  return {
    nodeId,
    channelId,
    context: contextOf(view),
    outpoints,
    shortChannelIds,
    revoked: {
      ...(view.localRevoked !== undefined && { local: view.localRevoked }),
      ...(view.remoteRevoked !== undefined && { remote: view.remoteRevoked }),
    },
    ...(close?.closingTxid !== undefined && { closingTxid: Txid(close.closingTxid) }),
    ...(close?.kind !== undefined && ownerOf(close)),
    isResolved: close?.resolvedAt !== undefined,
    outputs: (close?.outputs ?? []).map(knownOutput),
  };
}

type Close = NonNullable<ChannelView['close']>;

/** A commitment on chain is that of whoever published it. */
function ownerOf({ kind, initiator }: Close): Pick<KnownChannel, 'closeOwner'> {
  const isCommitment = kind !== 'cooperative' && kind !== 'unknown';
  const isKnown = initiator === 'local' || initiator === 'remote';
  return isCommitment && isKnown ? { closeOwner: initiator } : {};
}

function knownOutput(output: Close['outputs'][number]): KnownOutput {
  const { outpoint, what, valueSat, sweepTxid, stage, sweptSat, height, at } = output;
  return {
    outpoint,
    what,
    valueSat,
    ...(sweepTxid !== undefined && { sweepTxid }),
    ...(stage !== undefined && { stage }),
    ...(sweptSat !== undefined && { sweptSat }),
    ...(height !== undefined && { height }),
    ...(at !== undefined && { atNs: timeNsOf(at) }),
  };
}

function contextOf(view: ChannelView): ChannelContext {
  const { peerId, fundingOutpoint, capacitySat, opener, channelType, isPrivate } = view;
  const { shortChannelId, localTerms, remoteTerms } = view;
  return {
    ...(peerId !== undefined && { peerId }),
    ...(fundingOutpoint !== undefined && { fundingOutpoint }),
    ...(capacitySat !== undefined && { capacitySat }),
    ...(opener !== undefined && { opener }),
    channelType,
    ...(isPrivate !== undefined && { isPrivate }),
    ...(shortChannelId !== undefined && { shortChannelId }),
    local: localTerms,
    remote: remoteTerms,
  };
}
