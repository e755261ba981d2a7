import type { Key } from '../range.ts';
import type { KeyValue } from '../store.ts';
import { compareText, openTree, type Tree, treeOfSorted } from './tree.ts';

type Links = readonly KeyValue[];

/** A link key that is there, or, with null, is gone. */
interface PutLink {
  readonly key: Key;
  readonly link: KeyValue | null;
}

const none: Links = [];

/** Link keys by the id that they name, mostly one of each. It begins with loading; a clone shares what neither of the two has changed since. */
export class LinkTree {
  #tree: Tree<string, Links>;
  /** To put all links into the tree at once is several times as fast as one by one. */
  #loading: Map<string, Links> | null;

  constructor(tree: Tree<string, Links> | null = null) {
    this.#tree = tree ?? openTree(compareText);
    this.#loading = tree === null ? new Map() : null;
  }

  /** `ids`: in order, those of nodes that are there, which links name almost always. */
  endLoading(ids: Iterable<string>): void {
    const others = this.#loading ?? new Map<string, Links>();
    const found: [string, Links][] = [];
    for (const id of ids) {
      const links = others.get(id);
      if (links === undefined) continue;
      found.push([id, links]);
      others.delete(id);
    }
    this.#tree = treeOfSorted(found, compareText);
    for (const [id, links] of others) this.#tree.set(id, links);
    this.#loading = null;
  }

  clone(): LinkTree {
    return new LinkTree(this.#tree.clone());
  }

  /** By key. */
  to(id: string): Links {
    return this.#tree.get(id) ?? none;
  }

  put(id: string, { key, link }: PutLink): void {
    const former = this.#loading?.get(id) ?? this.to(id);
    const others = former.filter((other) => other.key !== key);
    const links = link === null ? others : withLink(others, link);
    const target = this.#loading ?? this.#tree;
    if (links.length === 0) target.delete(id);
    else target.set(id, links);
  }
}

function withLink(others: Links, link: KeyValue): Links {
  // What is spread into an array leaves room in it for sixteen more.
  return others.length === 0 ? [link] : [...others, link].sort((a, b) => compareText(a.key, b.key));
}
