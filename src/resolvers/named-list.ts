import type { Entity } from '../store/entities/entity.ts';
import type { KindLoader } from '../store/kind-loader.ts';
import { candidatesOf, type Given, type Named, type NameFilter, nameTests, passesAll } from './filter.ts';
import { byId } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

export interface NamedListArguments extends PageArguments {
  readonly filter?: Given<NameFilter>;
}

/** The list of a kind that can be filtered by no more than ids, name and metadata. */
export async function listNamed<T extends Entity & Named>(loader: KindLoader<T>, args: NamedListArguments): Promise<Page<T>> {
  const passes = passesAll(nameTests(args.filter));
  const nodes = await candidatesOf(loader, args.filter);
  return pageOf(nodes.filter(passes), byId(), args);
}
