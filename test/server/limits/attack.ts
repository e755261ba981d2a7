import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { getIntrospectionQuery } from 'graphql';
import { WebSocket } from 'ws';
import { type RunningGateway, startGateway } from '../../e2e/program.ts';

/** Of each kind of client. */
export interface AttackSizes {
  readonly documents: number;
  readonly events: number;
  readonly slowBodies: number;
  readonly slowReaders: number;
  readonly tinySenders: number;
  readonly idleSockets: number;
  /** Of the idle ones, for which the gateway has no room: it is waited for so many, and there may be more. */
  readonly refusedSockets: number;
}

export interface AttackedGateway extends RunningGateway {
  /** Resident memory, in MiB. */
  residentMiB(): number;
}

const heapMiB = 256;

export async function startAttackedGateway(connectionLimit: number): Promise<AttackedGateway> {
  const flags = ['--connection-limit', String(connectionLimit), '--socket-limit', '100000'];
  const gateway = await startGateway(['serve', '--memory', '--log-level', 'warn', ...flags], {
    env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` },
  });
  return { ...gateway, residentMiB: () => residentMiB(gateway.program.child.pid) };
}

function residentMiB(pid: number | undefined): number {
  const [, kibibytes = ''] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

const repeated = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const fill = 'x'.repeat(100);

const longName = 'x'.repeat(130_000);

/** What `makeEvents` makes, again and again. */
const attackedEntries = Array.from({ length: 1000 }, () => 'config:attack');

/** Each costs whoever believes it. None is answered with an error of the gateway's own. */
const bodies: readonly ((index: number) => object)[] = [
  (index) => ({ query: `{ ${repeated(4000, () => 'networks { nodes {')} id${index} ${repeated(4000, () => '} }')} }` }),
  (index) => ({ query: `{ ${repeated(9000, (number) => `a${number}_${index}: revision`)} }` }),
  (index) => ({ query: `{ ${repeated(9000, () => 'revision')} } # ${index}` }),
  (index) => ({
    query: `{ ...F0 } ${repeated(100, (number) => `fragment F${number} on Query { a${index}: revision ...F${number + 1} ...F${number + 1} }`)} fragment F100 on Query { revision }`,
  }),
  (index) => ({
    query: `query Q${index}($ids: [ID!]!) { nodes(ids: $ids) { id } }`,
    variables: { ids: Array.from({ length: 9000 }, () => fill) },
  }),
  (index) => ({
    query: `query Q${index} { revision }`,
    variables: Object.fromEntries(Array.from({ length: 8000 }, (_, number) => [`${fill}${number}`, fill.slice(50)])),
  }),
  (index) => ({ query: `{ guests(filter: { ids: [${'['.repeat(50_000)}${index}` }),
  (index) => ({
    query: `{ guests(first: 1000) { nodes { network { guests(first: 1000) { nodes { id name a${index}: ip } } } } } }`,
  }),
  (index) => ({
    query: `{ ${repeated(190, (number) => `a${number}: guests(first: 1, filter: { name: "${index}" }) { totalCount }`)} }`,
  }),
  // Each names what it asks for by most of a document, or asks for a large value: so that the answer is longer than any string can be.
  (index) => ({
    query: `query Q${index}($ids: [ID!]!) { ${repeated(5, (number) => `a${number}: nodes(ids: $ids) { ...F }`)} } fragment F on Node { ${longName}: __typename }`,
    variables: { ids: attackedEntries },
  }),
  (index) => ({ query: `query Q${index} { __schema { types { fields { ${longName}: name } } } }` }),
  (index) => ({
    query: `query Q${index}($ids: [ID!]!) { nodes(ids: $ids) { ... on ConfigEntry { ${repeated(50, (number) => `a${number}: value`)} } } }`,
    variables: { ids: attackedEntries },
  }),
];

export async function sendHostileDocuments({ url }: RunningGateway, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const statuses = await Promise.all(
      bodies.map(async (body) => {
        const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
        const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body(index)) });
        await response.arrayBuffer();
        return response.status;
      }),
    );
    const wrong = statuses.filter((status) => status !== 200 && status !== 400 && status !== 413);
    if (wrong.length > 0) throw new Error(`A hostile document was answered with ${wrong}`);
  }
}

/** Connections that stay as they are until they are closed. */
export interface Crowd {
  readonly size: number;
  /** How many the gateway has closed. */
  readonly gone: number;
  leave(): void;
}

interface SocketCrowd extends Crowd {
  /** Resolves when the gateway has closed so many: it hears of a connection some time after its client. */
  untilGone(count: number): Promise<void>;
}

interface Member {
  readonly socket: Socket;
  isGone: boolean;
}

async function openCrowd(url: string, count: number, begin: (socket: Socket) => void): Promise<SocketCrowd> {
  const { port, hostname } = new URL(url);
  const members: Member[] = [];
  const closes = new EventEmitter();
  const gone = () => members.filter(({ isGone }) => isGone).length;
  const open = async (): Promise<void> => {
    const member: Member = { socket: connect(Number(port), hostname), isGone: false };
    members.push(member);
    const { socket } = member;
    socket.on('error', () => undefined);
    socket.once('close', () => {
      member.isGone = true;
      closes.emit('close');
    });
    // One that is refused is connected for a moment.
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    if (!socket.destroyed) begin(socket);
  };
  while (members.length < count) await Promise.all(Array.from({ length: Math.min(100, count - members.length) }, open));
  return {
    size: members.length,
    get gone() {
      return gone();
    },
    async untilGone(least) {
      while (gone() < least) await once(closes, 'close');
    },
    leave() {
      for (const { socket } of members) socket.destroy();
    },
  };
}

const head = 'HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json';

/** Each says that a megabyte will come, and sends half of it. */
export function openSlowBodies({ url }: RunningGateway, count: number): Promise<Crowd> {
  const half = `POST /graphql ${head}\r\nContent-Length: 1000000\r\n\r\n{"query":"${'x'.repeat(500_000)}`;
  return openCrowd(url, count, (socket) => socket.write(half));
}

/** Each sends a body that does not end, in chunks of one byte. */
export function openTinyBodies({ url }: RunningGateway, count: number): Promise<Crowd> {
  const begun = `POST /graphql ${head}\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(300_000)}`;
  return openCrowd(url, count, (socket) => socket.write(begun));
}

/** Each asks 50 times for a quarter of a megabyte, and reads nothing. */
export function openSlowReaders({ url }: RunningGateway, count: number): Promise<Crowd> {
  const request = (index: number) =>
    `GET /graphql?query=${encodeURIComponent(`${getIntrospectionQuery()}#${index % 5}`)} ${head}\r\n\r\n`;
  let index = 0;
  return openCrowd(url, count, (socket) => {
    socket.pause();
    socket.write(repeated(50, () => request(index++)));
  });
}

export function openIdleSockets({ url }: RunningGateway, count: number): Promise<SocketCrowd> {
  return openCrowd(url, count, () => undefined);
}

/** WebSockets that are agreed on. */
async function openWebsockets(url: string, count: number, begin: (socket: WebSocket) => void): Promise<Crowd> {
  const sockets: WebSocket[] = [];
  let gone = 0;
  async function open(): Promise<void> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { perMessageDeflate: false });
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      gone++;
    });
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    begin(socket);
  }
  while (sockets.length < count) await Promise.all(Array.from({ length: Math.min(20, count - sockets.length) }, open));
  return {
    size: sockets.length,
    get gone() {
      return gone;
    },
    leave() {
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** Each subscribes, asks for ten large answers, pings, and reads nothing. */
export function openSlowWebsockets({ url }: RunningGateway, count: number): Promise<Crowd> {
  return openWebsockets(url, count, (socket) => {
    socket.pause();
    for (let id = 0; id < 10; id++) {
      socket.send(
        JSON.stringify({
          id: `q${id}`,
          type: 'subscribe',
          payload: { query: '{ __schema { types { description fields { name description } } } }' },
        }),
      );
      socket.ping(fill);
    }
  });
}

/** Each sends a message that does not end, in fragments of one byte. */
export function openTinyFragments({ url }: RunningGateway, count: number): Promise<Crowd> {
  return openWebsockets(url, count, (socket) => {
    for (let fragment = 0; fragment < 2000; fragment++) socket.send('x', { fin: false });
  });
}

/** Each begins an event stream, and reads nothing of it. */
export function openSlowEventStreams({ url }: RunningGateway, count: number): Promise<Crowd> {
  const query = encodeURIComponent('subscription { changes { node { id ... on ConfigEntry { value } } } }');
  return openCrowd(url, count, (socket) => {
    socket.pause();
    socket.write(`GET /graphql?query=${query} ${head}\r\nAccept: text/event-stream\r\n\r\n`);
  });
}

/** Events of 16 KiB each. */
export async function makeEvents({ ask }: RunningGateway, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await ask(`mutation { setConfig(key: "attack", value: "${index}${'x'.repeat(16_000)}") { entry { id } } }`);
  }
}

export interface AttackReport {
  readonly peakMiB: number;
  readonly afterMiB: number;
}

/** All at once, and then away. The gateway answers before, meanwhile and afterwards. */
export async function attack(gateway: AttackedGateway, sizes: AttackSizes): Promise<AttackReport> {
  let peakMiB = 0;
  const look = setInterval(() => {
    if (gateway.program.child.exitCode === null) peakMiB = Math.max(peakMiB, gateway.residentMiB());
  }, 50);
  const crowds = [
    await openSlowEventStreams(gateway, sizes.slowReaders),
    await openSlowWebsockets(gateway, sizes.slowReaders),
    await openSlowReaders(gateway, sizes.slowReaders),
    await openSlowBodies(gateway, sizes.slowBodies),
    await openTinyBodies(gateway, sizes.tinySenders),
    await openTinyFragments(gateway, sizes.tinySenders),
  ];
  await makeEvents(gateway, sizes.events);
  await sendHostileDocuments(gateway, sizes.documents);
  await gateway.ask('{ revision }');
  // The client of this process has connections open already, and needs no new one behind this crowd.
  const idle = await openIdleSockets(gateway, sizes.idleSockets);
  await gateway.ask('{ revision }');
  await idle.untilGone(sizes.refusedSockets);
  for (const crowd of [...crowds, idle]) crowd.leave();
  await gateway.ask('{ revision }');
  clearInterval(look);
  return { peakMiB: Math.max(peakMiB, gateway.residentMiB()), afterMiB: gateway.residentMiB() };
}
