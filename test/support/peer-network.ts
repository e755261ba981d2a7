import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { portOf } from './free-port.ts';

/** One connection between members. */
interface Link {
  readonly from: Socket;
  readonly to: Socket;
  readonly toPort: number;
  /** Of the member that made it, once it has said so. */
  fromId: string | null;
}

export interface CutOffMember {
  readonly memberId: string;
  /** That it listens on for other members. */
  readonly port: number;
}

/** A member names itself in each request to another one. */
const serverFrom = /X-Server-From: ([0-9a-f]+)/i;

/** The network between the members of an etcd cluster: one of them can be cut off from all others, without root. */
export class PeerNetwork {
  readonly #servers: Server[] = [];
  readonly #ports: number[] = [];
  readonly #links = new Set<Link>();
  #cutOff: CutOffMember | null = null;

  /** A port that leads to the one that a member listens on; to be given to the others instead. */
  async lead(port: number): Promise<number> {
    const server = createServer((from) => this.#link(from, port)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    this.#ports.push(port);
    return portOf(server);
  }

  /** Of the members, in their order. */
  get ports(): readonly number[] {
    return this.#ports;
  }

  /** Nothing gets from this member to others any more, nor from others to it. */
  cutOff(member: CutOffMember): void {
    this.#cutOff = member;
    for (const link of this.#links) this.#breakIfCutOff(link);
  }

  heal(): void {
    this.#cutOff = null;
  }

  async close(): Promise<void> {
    for (const { from, to } of this.#links) for (const socket of [from, to]) socket.destroy();
    for (const server of this.#servers) {
      server.close();
      await once(server, 'close');
    }
  }

  #link(from: Socket, toPort: number): void {
    const to = connect(toPort, '127.0.0.1');
    const link: Link = { from, to, toPort, fromId: null };
    this.#links.add(link);
    const end = () => {
      this.#links.delete(link);
      for (const socket of [from, to]) socket.destroy();
    };
    for (const socket of [from, to]) socket.setNoDelay(true).on('error', end).on('close', end);
    from.on('data', (chunk: Buffer) => {
      link.fromId = serverFrom.exec(chunk.toString('latin1'))?.[1] ?? link.fromId;
      if (!this.#breakIfCutOff(link)) to.write(chunk);
    });
    to.on('data', (chunk: Buffer) => from.write(chunk));
    this.#breakIfCutOff(link);
  }

  #breakIfCutOff({ from, to, toPort, fromId }: Link): boolean {
    const isCutOff = this.#cutOff !== null && (toPort === this.#cutOff.port || fromId === this.#cutOff.memberId);
    if (isCutOff) for (const socket of [from, to]) socket.destroy();
    return isCutOff;
  }
}
