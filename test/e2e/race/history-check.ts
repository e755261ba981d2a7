import { invariantViolations } from '../../support/invariants.ts';
import type { Commit } from './history.ts';

export interface HistoryCheck {
  /** All keys and values before the first commit. */
  readonly before: Readonly<Record<string, string>>;
  readonly commits: readonly Commit[];
  /** Guests of the writer that knows nothing of gateways. What is wrong with them while it writes is its own. */
  readonly foreignGuests: ReadonlySet<string>;
  /** Hypervisors that report less than their guests have. */
  readonly mayOvercommit: ReadonlySet<string>;
}

/** Every so many commits, and whenever a gateway deletes a record, all invariants are checked as the store was then. */
const commitsBetweenChecks = 40;

/** Replays what the store went through: what is wrong in the end was wrong for the first time at some revision, and some wrongs heal. */
export function historyViolations({ before, commits, foreignGuests, mayOvercommit }: HistoryCheck): string[] {
  const state: Record<string, string> = { ...before };
  const violations: string[] = [];
  for (const [index, commit] of commits.entries()) {
    const found = [...takenAddresses(state, commit)];
    for (const [key, value] of commit.changes) {
      if (key.startsWith('gateway/operations/')) continue;
      if (value === null) delete state[key];
      else state[key] = value;
    }
    if (commit.isOurs) found.push(...overcommitted(state, commit));
    if (index % commitsBetweenChecks === 0 || deletesRecord(commit)) {
      const all = invariantViolations(state, { foreignGuests, mayOvercommit });
      found.push(...all.filter((violation) => ![...foreignGuests].some((guest) => violation.includes(guest))));
    }
    violations.push(...found.map((violation) => `revision ${commit.revision}: ${violation}`));
  }
  return violations;
}

function deletesRecord({ changes, isOurs }: Commit): boolean {
  return isOurs && [...changes].some(([key, value]) => value === null && key.endsWith('/metadata') && !key.startsWith('guests/'));
}

/** Nobody gets an address while another one holds it. */
function takenAddresses(state: Readonly<Record<string, string>>, { changes }: Commit): string[] {
  return [...changes].flatMap(([key, value]) => {
    const owner = state[key];
    const isTaken = key.includes('/addresses/') && value !== null && owner !== undefined && owner !== value;
    return isTaken ? [`${key}: ${value} took it from ${owner}`] : [];
  });
}

interface Size {
  readonly memory: number;
  readonly disk: number;
  readonly cpu: number;
}

/** A gateway places a guest onto a hypervisor only where all its guests, as the store knows them at that commit, fit. */
function overcommitted(state: Readonly<Record<string, string>>, { changes }: Commit): string[] {
  const violations: string[] = [];
  for (const [key, value] of changes) {
    const [, hypervisorId = '', guestId = ''] = /^hypervisors\/([^/]+)\/guests\/([^/]+)$/.exec(key) ?? [];
    if (guestId === '' || value === null) continue;
    const { total_resources: total, available_resources: available } = parse(state[`hypervisors/${hypervisorId}/metadata`]);
    const prefix = `hypervisors/${hypervisorId}/guests/`;
    const linked = Object.keys(state).filter((one) => one.startsWith(prefix));
    const sizes = linked.map((one) => sizeOfGuest(state, one.slice(prefix.length)));
    const needed = sizeOfGuest(state, guestId);
    for (const resource of ['memory', 'disk'] as const) {
      const sum = sizes.reduce((so, size) => so + size[resource], 0);
      if (sum > total[resource])
        violations.push(`${key}: the guests there now have ${sum} of ${total[resource]} MB of ${resource}`);
    }
    for (const resource of ['memory', 'disk', 'cpu'] as const) {
      if (needed[resource] > available[resource])
        violations.push(`${key}: it needs ${needed[resource]} of ${available[resource]} ${resource}`);
    }
  }
  return violations;
}

const nothing: Size = { memory: 0, disk: 0, cpu: 0 };

/** A link whose guest has no record yet counts nothing: that is what lay in the store. */
function sizeOfGuest(state: Readonly<Record<string, string>>, guestId: string): Size {
  const guest = state[`guests/${guestId}/metadata`];
  const flavor = guest === undefined ? undefined : state[`flavors/${parse(guest).flavor}/metadata`];
  return flavor === undefined ? nothing : parse(flavor);
}

// biome-ignore lint/suspicious/noExplicitAny: the invariants say which fields a record has.
function parse(json = '{}'): any {
  return JSON.parse(json);
}
