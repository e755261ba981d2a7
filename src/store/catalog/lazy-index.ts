export interface LazyIndexOptions<S> {
  /** Of what there is now. */
  readonly make: () => S;
  readonly clone: (index: S) => S;
}

/**
 * An index that is made when it is first asked for, and kept from then on. A frozen one has what its origin had when it was frozen; where
 * it is the first one to be asked, and nothing has changed since, its origin keeps what is made.
 */
export class LazyIndex<S> {
  readonly #options: LazyIndexOptions<S>;
  readonly #origin: { readonly index: LazyIndex<S>; readonly version: number } | null;
  #index: S | null;
  /** Goes up with each change. */
  #version = 0;

  constructor(options: LazyIndexOptions<S>, index: S | null = null, origin: LazyIndex<S> | null = null) {
    this.#options = options;
    this.#index = index;
    this.#origin = origin === null ? null : { index: origin, version: origin.#version };
  }

  get(): S {
    this.#index ??= this.#make();
    return this.#index;
  }

  /** `make` makes it of what is frozen together with it. */
  freeze(make: () => S): LazyIndex<S> {
    const { clone } = this.#options;
    return new LazyIndex({ make, clone }, this.#index === null ? null : clone(this.#index), this);
  }

  /** What it is made of changes; `change` is not called where nothing was made yet. */
  change(change: (index: S) => void): void {
    this.#version++;
    if (this.#index !== null) change(this.#index);
  }

  #make(): S {
    const { make, clone } = this.#options;
    const origin = this.#origin;
    return origin !== null && origin.index.#version === origin.version ? clone(origin.index.get()) : make();
  }
}
