/**
 * LDK's `Persist`, tapped: every monitor and update is written to the node's disk and told to the recorder.
 * Inside these callbacks LDK holds locks: nothing here may call back into the ChannelManager.
 */
import type {
  ChannelMonitor,
  ChannelMonitorUpdate,
  OutPoint,
  Persist,
  PersistInterface,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import { txidOfBytes } from '../../lightning/ids.ts';
import { decodeMonitorUpdate } from './decode-monitor-update.ts';
import type { NodeDisk } from './disk.ts';
import type { LdkBinding } from './load.ts';
import { maybeNodeId, Plain } from './plain.ts';
import type { TapRecorder } from './recorder.ts';
import type { ClaimableBalance, InitialCounterpartyCommitment } from './taps.ts';

/** A whole monitor is written after so many updates: it bounds both the disk and the restart. */
const UPDATES_PER_SNAPSHOT = 100;
const FIRST_COMMITMENT_INDEX = (1n << 48n) - 1n;

export class PersistTap {
  readonly persist: Persist;
  readonly #binding: LdkBinding;
  readonly #plain: Plain;
  readonly #disk: NodeDisk;
  readonly #recorder: TapRecorder;
  /** LDK persists a monitor as new when it is registered again after a restart. */
  isLoading = false;

  constructor(binding: LdkBinding, disk: NodeDisk, recorder: TapRecorder) {
    this.#binding = binding;
    this.#plain = new Plain(binding);
    this.#disk = disk;
    this.#recorder = recorder;
    this.persist = binding.ldk.Persist.new_impl(this.#implementation());
  }

  #implementation(): PersistInterface {
    const completed =
      this.#binding.ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
    return {
      persist_new_channel: (outpoint, monitor) => {
        if (this.isLoading) this.#onWholeMonitor(outpoint, monitor);
        else this.#onNew(outpoint, monitor);
        this.#free(outpoint, monitor);
        return completed;
      },
      update_persisted_channel: (outpoint, update, monitor) => {
        // A chain sync passes a wrapper around nothing.
        if (this.#binding.memory.isNull(update)) this.#onWholeMonitor(outpoint, monitor);
        else this.#onUpdate(outpoint, update, monitor);
        this.#free(outpoint, update, monitor);
        return completed;
      },
      archive_persisted_channel: (outpoint) => {
        const fundingOutpoint = this.#plain.outpoint(outpoint);
        this.#disk.monitors.delete(fundingOutpoint);
        this.#recorder.record({ kind: 'archived', fundingOutpoint });
      },
    };
  }

  #onNew(outpoint: OutPoint, monitor: ChannelMonitor): void {
    const fundingOutpoint = this.#plain.outpoint(outpoint);
    this.#disk.writeMonitor(fundingOutpoint, monitor.write());
    this.#recorder.record({
      kind: 'persist-new',
      fundingOutpoint,
      channelId: this.#plain.channelId(monitor.channel_id()),
      updateId: monitor.get_latest_update_id(),
      peer: maybeNodeId(monitor.get_counterparty_node_id()),
      counterpartyCommitment: this.#initialCommitment(monitor),
      claimable: claimableBalances(monitor),
    });
  }

  #onUpdate(outpoint: OutPoint, update: ChannelMonitorUpdate, monitor: ChannelMonitor): void {
    const fundingOutpoint = this.#plain.outpoint(outpoint);
    const bytes = update.write();
    const waiting = this.#disk.appendUpdate(fundingOutpoint, bytes);
    if (waiting >= UPDATES_PER_SNAPSHOT) this.#disk.writeMonitor(fundingOutpoint, monitor.write());
    const channelId = this.#plain.channelId(monitor.channel_id());
    const decode = () => {
      const update = decodeMonitorUpdate(bytes);
      return { kind: 'persist-update', fundingOutpoint, channelId, update } as const;
    };
    const what = `monitor update of ${fundingOutpoint}`;
    this.#recorder.recordDecoded(what, bytes, decode, channelId);
  }

  #onWholeMonitor(outpoint: OutPoint, monitor: ChannelMonitor): void {
    const fundingOutpoint = this.#plain.outpoint(outpoint);
    this.#disk.writeMonitor(fundingOutpoint, monitor.write());
    this.#recorder.record({
      kind: 'persist-chain-sync',
      fundingOutpoint,
      channelId: this.#plain.channelId(monitor.channel_id()),
      updateId: monitor.get_latest_update_id(),
      claimable: claimableBalances(monitor),
    });
  }

  #initialCommitment(monitor: ChannelMonitor): InitialCounterpartyCommitment | null {
    const commitment = monitor.initial_counterparty_commitment_tx();
    if (this.#binding.memory.isNull(commitment)) return null;
    return {
      number: Number(FIRST_COMMITMENT_INDEX - commitment.commitment_number()),
      txid: txidOfBytes(commitment.trust().txid()),
      perCommitmentPoint: bytesToHex(commitment.per_commitment_point()),
      toBroadcasterSat: commitment.to_broadcaster_value_sat(),
      toCountersignatorySat: commitment.to_countersignatory_value_sat(),
      feeratePerKw: commitment.feerate_per_kw(),
    };
  }

  /** Each callback brings a clone of the whole monitor: tens of kilobytes that no finalizer would free in time. */
  #free(...objects: Parameters<LdkBinding['memory']['free']>[0][]): void {
    for (const object of objects) this.#binding.memory.free(object);
  }
}

function claimableBalances(monitor: ChannelMonitor): readonly ClaimableBalance[] {
  return monitor.get_claimable_balances().map((balance) => {
    const amountSat = 'amount_satoshis' in balance ? balance.amount_satoshis : 0n;
    if (typeof amountSat !== 'bigint') throw new Error('"balance" expected an amount in satoshi');
    return { kind: balance.constructor.name.replace('Balance_', ''), amountSat };
  });
}
