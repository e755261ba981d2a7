import type { CallLimits, Connection } from './connection.ts';
import { etcdFailure } from './errors.ts';

export interface Account {
  readonly user: string;
  readonly password: string;
}

/** Trades a password for the token that calls carry. etcd forgets tokens: after minutes without use, and when it restarts. */
export class Authenticator {
  readonly #account: Account | null;
  #token: Promise<string | undefined> | null = null;
  /** What that promise came to; null until it did. */
  #got: { readonly token: string | undefined } | null = null;

  constructor(account: Account | null) {
    this.#account = account;
  }

  /** Undefined when there is no account, or etcd asks for none. Concurrent calls share one. */
  token(connection: Connection, limits: CallLimits): Promise<string | undefined> {
    if (this.#account === null) return Promise.resolve(undefined);
    if (this.#token === null) {
      const asked = this.#authenticate(this.#account, connection, limits);
      this.#token = asked;
      asked.then(
        (token) => {
          if (this.#token === asked) this.#got = { token };
        },
        () => this.#drop(asked),
      );
    }
    return this.#token;
  }

  /** etcd takes this one no more: the next call gets a new one. Of many calls that failed with one token, only the first is heard. */
  forget(token: string | undefined): void {
    if (this.#got === null || this.#got.token !== token) return;
    this.#token = null;
    this.#got = null;
  }

  #drop(asked: Promise<string | undefined>): void {
    if (this.#token === asked) this.#token = null;
  }

  async #authenticate({ user, password }: Account, connection: Connection, limits: CallLimits): Promise<string | undefined> {
    try {
      // Shared by many callers: none of them may abort it.
      const { token } = await connection.authenticate({ name: user, password }, { deadline: limits.deadline });
      return token;
    } catch (error) {
      if (etcdFailure(error).kind === 'authNotEnabled') return undefined;
      throw error;
    }
  }
}
