import type { Context } from '../context.ts';
import type { Flavor } from '../store/entities/flavor.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { candidatesOf } from './candidates.ts';
import { fieldIsId, type Given, given, type NameFilter, nameTests, type Test } from './filter.ts';
import { uuidOf } from './id.ts';
import { byId } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfSelection, select } from './selection.ts';

export interface FlavorFilter extends NameFilter {
  readonly imageId?: Given<string>;
}

export interface FlavorListArguments extends PageArguments {
  readonly filter?: Given<FlavorFilter>;
}

export async function getFlavor(context: Context, id: string): Promise<Flavor | null> {
  return context.loaders.FLAVOR.get(uuidOf('id', id));
}

export function listFlavors(context: Context, args: FlavorListArguments): MaybePromise<Page<Flavor>> {
  const criteria = flavorTests(args.filter).map((passes) => ({ passes }));
  return whenThere(candidatesOf(context, 'FLAVOR', args.filter), (candidates) =>
    pageOfSelection(select(candidates, criteria), byId(), args),
  );
}

function flavorTests(filter: Given<FlavorFilter>): Test<Flavor>[] {
  return [...nameTests(filter), ...given(filter?.imageId, fieldIsId('imageId'))];
}
