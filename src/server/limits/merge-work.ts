import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from './document-shape.ts';

/** Characters of arguments that take as long to compare as a field without any. */
const charactersAStep = 4;

/**
 * How long validation will compare fields of the same name at the same place of an answer, in steps: each with each other one, with their
 * arguments, and each spread with each other spread. Stops where it is more than `most`.
 *
 * The document has no circles, and not many selections: it is walked with each fragment in the place of each of its spreads.
 */
export function mergeWork(document: DocumentNode, most: number): number {
  const fragments = fragmentsOf(document);
  const met = new Set<string>();
  let work = 0;

  function walk(sets: readonly SelectionSetNode[]): void {
    const groups = new Map<string, FieldNode[]>();
    let spreads = 0;

    function collect({ selections }: SelectionSetNode): void {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const name = (selection.alias ?? selection.name).value;
          const group = groups.get(name);
          if (group === undefined) groups.set(name, [selection]);
          else group.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          collect(selection.selectionSet);
        } else {
          spreads++;
          const fragment = fragments.get(selection.name.value);
          if (fragment === undefined) continue;
          met.add(fragment.name.value);
          collect(fragment.selectionSet);
        }
      }
    }
    for (const set of sets) collect(set);
    work += spreads * spreads;
    for (const group of groups.values()) {
      if (work > most) return;
      work += group.length * group.reduce((steps, field) => steps + stepsOf(field), 0);
      const inner = group.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (inner.length > 0) walk(inner);
    }
  }

  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION && work <= most) walk([definition.selectionSet]);
  }
  // Validation goes through those too that nobody uses.
  for (const [name, { selectionSet }] of fragments) if (!met.has(name) && work <= most) walk([selectionSet]);
  return work;
}

function stepsOf({ arguments: given = [] }: FieldNode): number {
  const from = given[0]?.loc?.start ?? 0;
  const to = given.at(-1)?.loc?.end ?? 0;
  return 1 + Math.ceil((to - from) / charactersAStep);
}
