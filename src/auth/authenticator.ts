import { everybody, type Viewer } from './viewer.ts';

/** Why a credential is over. */
export type CredentialEnd = 'EXPIRED' | 'REVOKED';

/** From a credential to who it belongs to. */
export interface Authenticator {
  /** Nobody is asked who he is: every request is `everybody`'s. */
  readonly isOpen: boolean;
  /**
   * Whose the credential is; null: none was given. Fails with UNAUTHENTICATED, which says neither the credential nor which part of it
   * is wrong, and with STORE_UNAVAILABLE where nobody can know now. At once where it is known.
   */
  authenticate(credential: string | null): Promise<Viewer> | Viewer;
  /** Whether looking at this credential asks nobody else: however many wrong ones come, they cost the store nothing. */
  asksNobody(credential: string): boolean;
  /** Calls back once, when the credential of the viewer expires or is revoked. Answers a function that stops waiting for that. */
  onEnd(viewer: Viewer, listener: (end: CredentialEnd) => void): () => void;
  close(): Promise<void> | void;
}

/** `--auth none`. */
export const openToEverybody: Authenticator = {
  isOpen: true,
  authenticate: () => everybody,
  asksNobody: () => true,
  onEnd: () => () => undefined,
  close: () => undefined,
};
