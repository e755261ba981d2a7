import { hasRole, type NeededRole, type Viewer } from '../auth/index.ts';
import { GatewayError } from '../errors.ts';
import { canonicalUuid } from '../store/values/uuid.ts';

/** Refuses whoever may not ask for the field. `field` is named in the message, as `createNetwork` or `Hypervisor.guests`. */
export function requireRole(viewer: Viewer, { field, role }: { readonly field: string; readonly role: NeededRole }): void {
  if (hasRole(viewer, role)) return;
  throw forbidden(role, `${field} needs the role ${role}: this credential has the role ${viewer.role}`);
}

/** An agent speaks for its own hypervisor alone, in whatever spelling its id comes. */
export function requireOwnHypervisor(viewer: Viewer, { field, id }: { readonly field: string; readonly id: unknown }): void {
  const own = viewer.hypervisorId === null ? null : canonicalUuid(viewer.hypervisorId);
  if (own !== null && typeof id === 'string' && canonicalUuid(id) === own) return;
  throw forbidden('admin', `${field} needs the role admin: this credential has the role agent, for another hypervisor`);
}

function forbidden(role: NeededRole, message: string): GatewayError {
  return new GatewayError('FORBIDDEN', message, { details: { role } });
}
