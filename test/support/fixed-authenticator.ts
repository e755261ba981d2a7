import type { Authenticator, CredentialEnd, Role, Viewer } from '../../src/auth/index.ts';
import { GatewayError } from '../../src/errors.ts';

export interface FixedAuthenticator extends Authenticator {
  /** The credential is over from here on, and whoever waits for that is told. */
  end(credential: string, why: CredentialEnd): void;
  /** Who wait for the end of a credential. */
  readonly listenerCount: () => number;
}

/** Lets in whoever is in the table, by a credential each. */
export function fixedAuthenticator(viewers: Readonly<Record<string, Viewer>>): FixedAuthenticator {
  const table = new Map(Object.entries(viewers));
  const listeners = new Map<(end: CredentialEnd) => void, Viewer>();
  return {
    isOpen: false,
    authenticate(credential) {
      const viewer = credential === null ? undefined : table.get(credential);
      if (viewer === undefined) throw new GatewayError('UNAUTHENTICATED', 'The credential is not valid here');
      return viewer;
    },
    asksNobody: (credential) => table.has(credential),
    onEnd(viewer, listener) {
      listeners.set(listener, viewer);
      return () => {
        listeners.delete(listener);
      };
    },
    end(credential, why) {
      const ended = table.get(credential);
      table.delete(credential);
      for (const [listener, viewer] of listeners) {
        if (viewer !== ended) continue;
        listeners.delete(listener);
        listener(why);
      }
    },
    listenerCount: () => listeners.size,
    close: () => undefined,
  };
}

/** One whose credential never ends. */
export function viewerWith(role: Role, options: Partial<Viewer> = {}): Viewer {
  return { id: `test:${role}`, name: `the ${role}`, role, hypervisorId: null, expiresAt: null, ...options };
}
