import type { Authenticator, CredentialEnd, Viewer } from '../../src/auth/index.ts';
import { createToken } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';
import { openKeys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';

export const keys = openKeys('lochness/');
export const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
export const createdAt = new Date('2026-01-01T00:00:00.000Z');

export interface TokenWish {
  readonly name?: string;
  readonly role?: Viewer['role'];
  readonly expiresAt?: Date | null;
}

export function makeToken(store: Store, { name = 'ci', role = 'viewer', expiresAt = null }: TokenWish = {}): Promise<string> {
  return createToken({ store, keys }, { name, role, hypervisorId: role === 'agent' ? hypervisorId : null, createdAt, expiresAt });
}

/** The code with which a credential is refused; the viewer where it is not. */
export async function outcomeOf(authenticator: Authenticator, credential: string | null): Promise<Viewer | string> {
  try {
    return await authenticator.authenticate(credential);
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

export function endOf(authenticator: Authenticator, viewer: Viewer): Promise<CredentialEnd> {
  return new Promise((resolve) => {
    authenticator.onEnd(viewer, resolve);
  });
}
