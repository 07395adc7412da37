// Runs inside EventStoreDB: every event of a channel is linked into by-peer-<peerId>, in its order.
// The first line of code is replaced when it is deployed: the beginning of all streams of one ledger.
const LEDGER = '';

// A channel may be met before anybody tells its peer: what came before is linked afterwards, at most
// so many links for one event, so that no handler runs into the server's time limit.
const MOST_LINKS = 500;
const CHANNEL = /^channel-[0-9a-f]{66}\.[0-9a-f]{64}\.[a-z0-9-]+$/;
const PEER = /^0[23][0-9a-f]{64}$/;

// Our events are stored as bytes, so the server hands over their text only; and what its own parser
// throws for broken text could not be caught here.
function peerOf(event) {
  if (event.eventType !== 'ChannelOpened' && event.eventType !== 'ChannelAdopted') return null;
  try {
    const data = JSON.parse(event.bodyRaw);
    return typeof data.peerId === 'string' && PEER.test(data.peerId) ? data.peerId : null;
  } catch {
    return null;
  }
}

// Kept for each stream: the peer once it is told, and the first revision without a link. Revisions
// count on without a hole, so both together say what is to be linked, and an event that is handed in
// twice finds nothing left to do.
fromCategory(`${LEDGER}channel`)
  .foreachStream()
  .when({
    $init: () => ({ peer: null, next: -1 }),
    $any(state, event) {
      const { streamId, sequenceNumber } = event;
      if (!streamId.startsWith(LEDGER) || !CHANNEL.test(streamId.slice(LEDGER.length))) return;
      if (state.next < 0) state.next = sequenceNumber;
      if (state.peer === null) state.peer = peerOf(event);
      if (state.peer === null) return;
      const end = Math.min(sequenceNumber + 1, state.next + MOST_LINKS);
      for (; state.next < end; state.next += 1) {
        linkTo(`${LEDGER}by-peer-${state.peer}`, { streamId, sequenceNumber: state.next });
      }
    },
  });
