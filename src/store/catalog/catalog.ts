import type { Memory } from '../memory.ts';
import type { CatalogView } from './catalog-view.ts';

/** Keeps the nodes of the newest state of a memory, as it changes. */
export interface Catalog {
  readonly memory: Memory;
  /**
   * The nodes of the state that `memory.newest()` gives in this moment; null while they are not loaded, as at the start and after
   * the memory loaded everything anew: then the keys themselves are to be read. Who holds a view keeps it: it never changes.
   */
  newest(): CatalogView | null;
  /** Resolves when it is loaded for the first time, or closed. */
  readonly loaded: Promise<void>;
  close(): void;
}
