/** What somebody may do. Each of the first three may do all that the ones before it may; an agent may tell of its own hypervisor alone. */
export const roles = ['viewer', 'operator', 'admin', 'agent'] as const;
export type Role = (typeof roles)[number];

/** The roles that a field can ask for. */
export type NeededRole = Exclude<Role, 'agent'>;

/** Who asks. */
export interface Viewer {
  /** One for each that can be told from others, whatever it is called: `token:<id>`, `jwt:<issuer>:<subject>`, `everybody`. */
  readonly id: string;
  /** What it is called in logs. */
  readonly name: string;
  readonly role: Role;
  /** The one that an agent speaks for; null for all others. */
  readonly hypervisorId: string | null;
  /** When its credential ends; null: never. */
  readonly expiresAt: Date | null;
}

/** Where nobody is asked who he is (`--auth none`). */
export const everybody: Viewer = { id: 'everybody', name: 'everybody', role: 'admin', hypervisorId: null, expiresAt: null };

/** The gateway itself, doing jobs. */
export const gatewayItself: Viewer = { id: 'gateway', name: 'gateway', role: 'admin', hypervisorId: null, expiresAt: null };

const ranks: Readonly<Record<Role, number>> = { agent: 0, viewer: 1, operator: 2, admin: 3 };

export function hasRole({ role }: Viewer, needed: NeededRole): boolean {
  return ranks[role] >= ranks[needed];
}

/** Of several roles, the one that may do most; null: there are none. */
export function highestRole(given: readonly Role[]): Role | null {
  return given.reduce<Role | null>((best, role) => (best === null || ranks[role] > ranks[best] ? role : best), null);
}
