import { canonicalUuid } from '../store/values/uuid.ts';
import { claimAt } from './claim.ts';
import { refusedCredential } from './refusal.ts';
import { highestRole, type Role, roles, type Viewer } from './viewer.ts';

export interface RoleMapping {
  /** What the claim says. */
  readonly value: string;
  readonly role: Role;
}

export interface ClaimOptions {
  readonly issuer: string;
  readonly roleClaim: string;
  /** Empty: the claim names the role itself. */
  readonly roleMap: readonly RoleMapping[];
  readonly hypervisorClaim: string;
}

/** OpenID Connect allows 255. */
const longestSubject = 255;
/** What is called by it in logs need not be told from all others. */
const longestName = 128;

export interface VerifiedClaims {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

/** Who a JWT belongs to whose signature and times were found good. Fails with UNAUTHENTICATED where it gives nobody a role here. */
export function viewerOfClaims({ claims, expiresAt }: VerifiedClaims, options: ClaimOptions): Viewer {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > longestSubject) throw refusedCredential('It has no usable sub');
  const role = roleOf(claimAt(claims, options.roleClaim), options.roleMap);
  if (role === null) throw refusedCredential(`The claim ${options.roleClaim} gives no role`);
  const hypervisorId = role === 'agent' ? hypervisorOf(claimAt(claims, options.hypervisorClaim)) : null;
  if (role === 'agent' && hypervisorId === null) {
    throw refusedCredential(`The claim ${options.hypervisorClaim} names no hypervisor`);
  }
  return { id: `jwt:${options.issuer}:${sub}`, name: sub.slice(0, longestName), role, hypervisorId, expiresAt };
}

/** Of several, the one that may do most. */
function roleOf(claim: unknown, roleMap: readonly RoleMapping[]): Role | null {
  const values = Array.isArray(claim) ? claim : [claim];
  const mapping = roleMap.length > 0 ? roleMap : roles.map((role) => ({ value: role, role }));
  return highestRole(mapping.filter(({ value }) => values.includes(value)).map(({ role }) => role));
}

function hypervisorOf(claim: unknown): string | null {
  return typeof claim === 'string' ? canonicalUuid(claim) : null;
}
