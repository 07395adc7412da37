/** The pages, in the order of the navigation and of the keys 1 to 6. */
export const pages = [
  { id: 'channels', title: 'Channels' },
  { id: 'closed', title: 'Closed' },
  { id: 'peers', title: 'Peers' },
  { id: 'forwards', title: 'Forwards' },
  { id: 'fees', title: 'Fees' },
  { id: 'audit', title: 'Audit' },
] as const;
