/** Text that came from a peer or from lnd itself, before it is told in plain. */

/** It may quote a payment hash or a preimage; ids of channels, which it may quote too, are of their form. */
export function withoutHashes(text: string): string {
  return text.replace(/[0-9a-f]{64}/gi, '…');
}
