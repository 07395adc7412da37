/** A channel of a recording node, as a key of tables: two recorded nodes may be both its ends. */
export function accountKey(channel: {
  readonly nodeId: string;
  readonly channelId: string;
}): string {
  return `${channel.nodeId}.${channel.channelId}`;
}
