/** What one simulated node has persisted: only bytes, all that a restart may use. */
import type { Outpoint } from '../../lightning/ids.ts';

/** A monitor as last written whole, and the updates since. */
export interface PersistedMonitor {
  snapshot: Uint8Array;
  updates: Uint8Array[];
}

export class NodeDisk {
  readonly monitors = new Map<Outpoint, PersistedMonitor>();
  manager: Uint8Array | undefined;
  networkGraph: Uint8Array | undefined;
  /** Starts so far: LDK's entropy must differ from start to start. */
  starts = 0;

  writeMonitor(outpoint: Outpoint, snapshot: Uint8Array): void {
    this.monitors.set(outpoint, { snapshot, updates: [] });
  }

  /** Returns how many updates now follow the snapshot. */
  appendUpdate(outpoint: Outpoint, update: Uint8Array): number {
    const monitor = this.monitors.get(outpoint);
    if (monitor === undefined) throw new Error(`"disk" expected a monitor ${outpoint}, got none`);
    return monitor.updates.push(update);
  }
}
