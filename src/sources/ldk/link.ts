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
  /** An end whose node has hung up: what it sent before still arrives, and nothing reaches it any more. */
  #hungUp: End | undefined;
  #isOpen = true;

  /** `from` connects out to `to`. */
  constructor(from: LdkNode, to: LdkNode) {
    const { ldk } = from.binding;
    const socket = (own: 0 | 1) => {
      const id = sockets;
      sockets += 1n;
      return ldk.SocketDescriptor.new_impl({
        send_data: (data) => this.#send(this.#ends[own], Uint8Array.from(data)),
        disconnect_socket: () => this.#hangUp(this.#ends[own]),
        eq: (other) => other.hash() === id,
        hash: () => id,
      });
    };
    this.#ends = [
      { node: from, socket: socket(0) },
      { node: to, socket: socket(1) },
    ];
    const [outgoing, incoming] = this.#ends;
    const noAddress = ldk.Option_SocketAddressZ.constructor_none();
    mustBeOk(to.peerManager.new_inbound_connection(incoming.socket, noAddress), 'a connection');
    const first = resultOf(
      from.peerManager.new_outbound_connection(to.idBytes, outgoing.socket, noAddress),
      ldk.Result_CVec_u8ZPeerHandleErrorZ_OK,
      'a connection',
    );
    this.#send(outgoing, first);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get hasPackets(): boolean {
    return this.#isOpen && (this.#waiting.length > 0 || this.#hungUp !== undefined);
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
    while (delivered < limit && this.#isOpen) {
      const packet = this.#waiting.shift();
      if (packet === undefined) break;
      delivered += 1;
      const { node, socket } = packet.to;
      if (packet.to === this.#hungUp) continue;
      if (!node.peerManager.read_event(socket, packet.bytes).is_ok()) this.#hangUp(packet.to);
    }
    return delivered + this.#finishHangUp();
  }

  /** Cuts the line: packets on the way are lost, and both ends are told. */
  cut(): void {
    const told = this.#ends.filter((end) => end.node.isRunning && end !== this.#hungUp);
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    this.#waiting = [];
    if (!wasOpen) return;
    for (const { node, socket } of told) node.peerManager.socket_disconnected(socket);
  }

  #send(from: End, bytes: Uint8Array): number {
    if (!this.#isOpen || this.#hungUp !== undefined) return 0;
    const [one, other] = this.#ends;
    this.#waiting.push({ to: from === one ? other : one, bytes });
    return bytes.length;
  }

  #hangUp(end: End): void {
    this.#hungUp ??= end;
  }

  /** Like the end of a TCP stream: the other end hears of it after all that was sent. */
  #finishHangUp(): number {
    if (!this.#isOpen || this.#hungUp === undefined || this.#waiting.length > 0) return 0;
    this.cut();
    return 1;
  }
}
