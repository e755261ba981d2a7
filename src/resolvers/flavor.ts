import type { Context } from '../context.ts';
import type { Flavor } from '../store/entities/flavor.ts';
import { candidatesOf, fieldIsId, type Given, given, type NameFilter, nameTests, passesAll, type Test } from './filter.ts';
import { uuidOf } from './id.ts';
import { byId } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

export interface FlavorFilter extends NameFilter {
  readonly imageId?: Given<string>;
}

export interface FlavorListArguments extends PageArguments {
  readonly filter?: Given<FlavorFilter>;
}

export async function getFlavor(context: Context, id: string): Promise<Flavor | null> {
  return context.loaders.FLAVOR.get(uuidOf('id', id));
}

export async function listFlavors(context: Context, args: FlavorListArguments): Promise<Page<Flavor>> {
  const passes = passesAll(flavorTests(args.filter));
  const flavors = await candidatesOf(context.loaders.FLAVOR, args.filter);
  return pageOf(flavors.filter(passes), byId(), args);
}

function flavorTests(filter: Given<FlavorFilter>): Test<Flavor>[] {
  return [...nameTests(filter), ...given(filter?.imageId, fieldIsId('imageId'))];
}
