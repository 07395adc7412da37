/** The store's own records (gossipd/gossip_store_wire.csv) that are not read, and why. */
export const UNREAD: ReadonlyMap<number, readonly [kind: string, why: string]> = new Map([
  [4102, ['private_update', 'it is not signed for the network']],
  [4103, ['delete_chan', 'it names a channel that is gone, and not when or how']],
  [4104, ['private_channel', 'it is not signed for the network']],
  [4105, ['ended', 'it says that the store goes on in another file']],
  [
    4106,
    [
      'chan_dying',
      'it has the height at which its node forgets the channel, not that of the spend',
    ],
  ],
  [4107, ['uuid', 'it names the store']],
]);
