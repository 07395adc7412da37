// Runs inside EventStoreDB: every close of a channel is linked into closes.
// The first line of code is replaced when it is deployed: the beginning of all streams of one ledger.
const LEDGER = '';

const CHANNEL = /^channel-[0-9a-f]{66}\.[0-9a-f]{64}\.[a-z0-9-]+$/;

// Nothing is kept and nothing of the event is read: after a restart the server hands the same events
// in again, and the links have to be the same ones for it to know them.
function link(_state, event) {
  const { streamId } = event;
  if (!streamId.startsWith(LEDGER) || !CHANNEL.test(streamId.slice(LEDGER.length))) return;
  linkTo(`${LEDGER}closes`, event);
}

// Whoever is told of a close has to be told, in the same place, that a reorganisation undid it.
fromCategory(`${LEDGER}channel`).when({ ChannelClosed: link, CloseUnconfirmed: link });
