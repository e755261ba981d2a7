import { badUserInput } from '../errors.ts';
import { highestTag, tagOf } from '../store/entities/vlan.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { quote } from './quote.ts';

/** A UUID in any spelling as its one canonical one; `field` names the argument that it was given in. */
export function uuidOf(field: string, text: string): string {
  const uuid = canonicalUuid(text);
  if (uuid === null)
    throw badUserInput(field, `${quote(text)} is no id: an id is a UUID, such as "5058f1c0-086d-429d-9ee5-d2309b95e4b0"`);
  return uuid;
}

/** A VLAN's tag as its directory is named. */
export function vlanNameOf(field: string, tag: number): string {
  if (tagOf(String(tag)) === null) throw badUserInput(field, `${tag} is no VLAN tag: a tag is a number from 1 to ${highestTag}`);
  return String(tag);
}
