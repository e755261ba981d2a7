import type { Guest } from '../entities/guest.ts';
import { type GuestGroupField, guestGroupFields } from './catalog-view.ts';
import { Groups } from './groups.ts';
import type { KindCatalog } from './kind-catalog.ts';
import type { Moved } from './places.ts';

/** Of an address there is one guest, or few. */
const ordersOf = (field: GuestGroupField) => (field === 'ip' || field === 'mac' ? ['ID'] : ['ID', 'NAME']);

/** The guests by each of the fields by which they are kept. */
export class GuestGroups {
  readonly #groups: ReadonlyMap<GuestGroupField, Groups<Guest, GuestGroupField>>;

  constructor(kind: KindCatalog<Guest>, frozen: GuestGroups | null = null) {
    this.#groups = new Map(
      guestGroupFields.map((field) => [
        field,
        frozen?.of(field).freeze(kind) ?? new Groups<Guest, GuestGroupField>({ field, orders: ordersOf(field), kind }),
      ]),
    );
  }

  of(field: GuestGroupField): Groups<Guest, GuestGroupField> {
    const groups = this.#groups.get(field);
    if (groups === undefined) throw new Error(`Guests are not kept by ${field}`);
    return groups;
  }

  /** For readers: it is never changed again. `kind` was frozen together with it. */
  freeze(kind: KindCatalog<Guest>): GuestGroups {
    return new GuestGroups(kind, this);
  }

  move(moved: Moved<Guest>): void {
    for (const groups of this.#groups.values()) groups.move(moved);
  }

  /** Makes what would be made when it is asked for, one field at a time. */
  async warmUp(giveWay: () => Promise<boolean>): Promise<void> {
    for (const groups of this.#groups.values()) {
      if (!(await giveWay())) return;
      groups.warmUp();
    }
  }
}
