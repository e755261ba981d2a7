import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionNode, type SelectionSetNode } from 'graphql';

/** What can be seen of a document without its schema, with each fragment in the place of each of its spreads. */
export interface DocumentShape {
  /** Of the deepest operation: levels of fields. */
  readonly depth: number;
  /** Of the operation that has them most deeply in each other: levels of fields, spreads and inline fragments. */
  readonly nesting: number;
  /** Of the operation that has the most. */
  readonly aliases: number;
  /** Fields, spreads and inline fragments of all operations together. */
  readonly selections: number;
  /** Fragments have the same name. Only the last one of them is looked at for all of this. */
  readonly isAmbiguous: boolean;
  /** A fragment is spread in itself. Its circles are not gone round for the other numbers. */
  readonly isCircular: boolean;
}

type SetShape = Omit<DocumentShape, 'isCircular' | 'isAmbiguous'>;

const empty: SetShape = { depth: 0, nesting: 0, aliases: 0, selections: 0 };

/**
 * Each fragment is looked at once, however often it is spread: fragments that each spread another one twice stand for more fields than
 * could ever be visited. An unused fragment counts as an operation of its own: validation goes through it too.
 */
export function documentShape(document: DocumentNode): DocumentShape {
  const fragments = fragmentsOf(document);
  const known = new Map<string, SetShape | 'UNDER_WAY'>();
  let isCircular = false;

  function shapeOfFragment(name: string): SetShape {
    const fragment = fragments.get(name);
    if (fragment === undefined) return empty;
    const found = known.get(name);
    if (found === 'UNDER_WAY') {
      isCircular = true;
      return empty;
    }
    if (found !== undefined) return found;
    known.set(name, 'UNDER_WAY');
    const shape = shapeOf(fragment.selectionSet);
    known.set(name, shape);
    return shape;
  }

  function shapeWithin(selection: SelectionNode): SetShape {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return shapeOfFragment(selection.name.value);
    return selection.selectionSet === undefined ? empty : shapeOf(selection.selectionSet);
  }

  function shapeOf({ selections }: SelectionSetNode): SetShape {
    let shape = { ...empty };
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      const inner = shapeWithin(selection);
      shape = joined(shape, {
        depth: inner.depth + (isField ? 1 : 0),
        nesting: inner.nesting + 1,
        aliases: inner.aliases + (isField && selection.alias !== undefined ? 1 : 0),
        selections: inner.selections + 1,
      });
    }
    return shape;
  }

  let whole = empty;
  function include({ depth, nesting, aliases, selections }: SetShape): void {
    whole = {
      depth: Math.max(whole.depth, depth),
      nesting: Math.max(whole.nesting, nesting),
      aliases: Math.max(whole.aliases, aliases),
      selections: within(whole.selections + selections),
    };
  }
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) include(shapeOf(definition.selectionSet));
  }
  for (const name of fragments.keys()) if (!known.has(name)) include(shapeOfFragment(name));
  const fragmentCount = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
  return { ...whole, isCircular, isAmbiguous: fragments.size < fragmentCount };
}

export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

function joined(one: SetShape, other: SetShape): SetShape {
  return {
    depth: Math.max(one.depth, other.depth),
    nesting: Math.max(one.nesting, other.nesting),
    aliases: within(one.aliases + other.aliases),
    selections: within(one.selections + other.selections),
  };
}

/** Counts double with each fragment that spreads another one twice: they must stay numbers that JSON has. */
function within(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}
