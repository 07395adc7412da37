/** A connection between two nodes: an encrypted Lightning transport whose packets wait to be delivered. */
import type { SocketDescriptor } from 'lightningdevkit';
import type { LdkNode } from './node.ts';
import { mustBeOk, resultOf } from './result.ts';

interface End {
  readonly node: LdkNode;
  readonly socket: SocketDescriptor;
}

interface Packet {
  readonly to: End;
  readonly bytes: Uint8Array;
}

let sockets = 0n;

export class Link {
  readonly #ends: readonly [End, End];
  #waiting: Packet[] = [];
  #isOpen = true;

  /** `from` connects out to `to`. */
  constructor(from: LdkNode, to: LdkNode) {
    const { ldk } = from.binding;
    const socket = (sendTo: () => End) => {
      const id = sockets;
      sockets += 1n;
      return ldk.SocketDescriptor.new_impl({
        send_data: (data) => {
          if (!this.#isOpen) return 0;
          this.#waiting.push({ to: sendTo(), bytes: Uint8Array.from(data) });
          return data.length;
        },
        disconnect_socket: () => {
          this.#isOpen = false;
        },
        eq: (other) => other.hash() === id,
        hash: () => id,
      });
    };
    const [outgoing, incoming] = [socket(() => this.#ends[1]), socket(() => this.#ends[0])];
    this.#ends = [
      { node: from, socket: outgoing },
      { node: to, socket: incoming },
    ];
    const noAddress = ldk.Option_SocketAddressZ.constructor_none();
    mustBeOk(to.peerManager.new_inbound_connection(incoming, noAddress), 'a connection');
    const first = resultOf(
      from.peerManager.new_outbound_connection(to.idBytes, outgoing, noAddress),
      ldk.Result_CVec_u8ZPeerHandleErrorZ_OK,
      'a connection',
    );
    this.#waiting.push({ to: this.#ends[1], bytes: first });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get hasPackets(): boolean {
    return this.#isOpen && this.#waiting.length > 0;
  }

  joins(one: LdkNode, other: LdkNode): boolean {
    return this.#ends.every(({ node }) => node === one || node === other);
  }

  touches(node: LdkNode): boolean {
    return this.#ends.some((end) => end.node === node);
  }

  /** Delivers what waits, at most `limit` packets, and returns how many. */
  deliver(limit = Number.POSITIVE_INFINITY): number {
    let delivered = 0;
    while (delivered < limit && this.hasPackets) {
      const packet = this.#waiting.shift();
      if (packet === undefined) break;
      const { node, socket } = packet.to;
      if (!node.peerManager.read_event(socket, packet.bytes).is_ok()) this.#isOpen = false;
      delivered += 1;
    }
    return delivered;
  }

  /** Cuts the line: packets on the way are lost, and both ends are told. */
  cut(): void {
    this.#isOpen = false;
    this.#waiting = [];
    for (const { node, socket } of this.#ends) {
      if (node.isRunning) node.peerManager.socket_disconnected(socket);
    }
  }
}
