import type { StoredToken } from '../auth/index.ts';

const columns = ['ID', 'NAME', 'ROLE', 'HYPERVISOR', 'CREATED', 'EXPIRES', 'STATE'] as const;

/** One line a token, under the names of the columns. */
export function tokenTable(tokens: readonly StoredToken[], now: Date): string {
  const rows = [columns, ...tokens.map((token) => rowOf(token, now))];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function rowOf({ id, record }: StoredToken, now: Date): readonly string[] {
  if (record === null) return [printable(id), '?', '?', '?', '?', '?', 'broken'];
  const { name, role, hypervisorId, createdAt, expiresAt } = record;
  const state = expiresAt !== null && expiresAt <= now ? 'expired' : 'valid';
  const expires = expiresAt === null ? 'never' : secondOf(expiresAt);
  return [id, printable(name), role, hypervisorId ?? '-', secondOf(createdAt), expires, state];
}

/** What lets nobody in, and why. */
export function tokenProblems(tokens: readonly StoredToken[]): readonly string[] {
  return tokens.flatMap(({ problem }) => (problem === null ? [] : [printable(problem)]));
}

/** Another tool may have written what would move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

function secondOf(moment: Date): string {
  return moment.toISOString().replace(/\.[0-9]{3}Z$/, 'Z');
}
