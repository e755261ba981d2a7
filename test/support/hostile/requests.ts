import { expect } from 'vitest';
import { excerpt, showsInside, tellsData } from './answer.ts';
import { count } from './client.ts';
import { fuzz } from './fuzz.ts';
import { answersIn, problemOfHttp } from './http-answer.ts';
import { expectUnharmed, type FuzzRun } from './operations.ts';
import { inPieces, talk } from './raw-line.ts';
import { type HostileConnection, hostileConnection, requestIdAt } from './request.ts';

/** Requests as bytes, several over one connection. */
export async function fuzzRequests({ gateway, ...run }: FuzzRun): Promise<number> {
  const seen = new Map<string, number>();
  const send = async (burst: readonly HostileConnection[]): Promise<void> => {
    await Promise.all(burst.map((connection) => sendOver(gateway.port, connection, seen)));
    expect(gateway.newProblems()).toEqual([]);
  };
  const countOf = ({ requests }: HostileConnection): number => requests.length;
  const startedAt = performance.now();
  const sent = await fuzz({ ...run, what: 'requests', input: hostileConnection, send, countOf });
  await expectUnharmed(gateway);
  console.info(`${sent} requests in ${Math.round(performance.now() - startedAt)} ms`, Object.fromEntries(seen));
  return sent;
}

async function sendOver(port: number, { requests, pieces, ending }: HostileConnection, seen: Map<string, number>): Promise<void> {
  const bytes = Buffer.concat(requests.map((request) => request.bytes));
  const received = await talk({ port, pieces: inPieces(bytes, pieces), ending });
  const problem = problemOfAll(received, { requests, pieces, ending }, seen);
  if (problem !== null) throw new Error(`An answer ${problem}: ${quote(received)}, for ${quote(bytes)}`);
}

function problemOfAll(received: Buffer, { requests, ending }: HostileConnection, seen: Map<string, number>): string | null {
  if (ending !== 'WAIT') {
    // What of it is an answer to what, nobody can tell.
    const text = received.toString('latin1');
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status);
    for (const status of statuses) count(seen, status);
    if (text !== '' && !text.startsWith('HTTP/1.1 ')) return `begins with ${excerpt(text)}`;
    if (statuses.some((status) => status.startsWith('5') && status !== '503')) return `has the statuses ${statuses.join()}`;
    if (!requests.some(({ isRight }) => isRight) && tellsData(text)) return `tells nobody what is there: ${excerpt(text)}`;
    return showsInside(text) ? `shows the inside: ${excerpt(text)}` : null;
  }
  const answers = answersIn(received, (index) => requests[index]?.isHead === true);
  if (typeof answers === 'string') return answers;
  if (answers.length !== requests.length) return `is one of ${answers.length} to ${requests.length} requests`;
  const strange = answers.findIndex(({ headers }, index) => headers.get('x-request-id') !== requestIdAt(index));
  if (strange >= 0) return `is that to another request, at place ${strange}`;
  for (const answer of answers) count(seen, String(answer.status));
  const problems = answers.map((answer, index) => problemOfHttp(answer, requests[index]?.isRight === true));
  return problems.find((problem) => problem !== null) ?? null;
}

function quote(bytes: Buffer): string {
  return excerpt(JSON.stringify(bytes.toString('latin1')));
}
