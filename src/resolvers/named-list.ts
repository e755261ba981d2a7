import type { Context } from '../context.ts';
import type { EntityOf } from '../store/entities/index.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { candidatesOf } from './candidates.ts';
import { type Given, type NameFilter, nameTests } from './filter.ts';
import { byId } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfSelection, select } from './selection.ts';

export interface NamedListArguments extends PageArguments {
  readonly filter?: Given<NameFilter>;
}

/** The kinds that can be filtered by no more than ids, name and metadata. */
type NamedKind = 'NETWORK' | 'FIREWALL_GROUP' | 'VLAN_GROUP';

export function listNamed<K extends NamedKind>(
  context: Context,
  kind: K,
  args: NamedListArguments,
): MaybePromise<Page<EntityOf[K]>> {
  const criteria = nameTests(args.filter).map((passes) => ({ passes }));
  return whenThere(candidatesOf(context, kind, args.filter), (candidates) =>
    pageOfSelection<EntityOf[K]>(select(candidates, criteria), byId(), args),
  );
}
