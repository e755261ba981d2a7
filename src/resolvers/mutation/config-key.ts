import { badUserInput } from '../../errors.ts';
import { quote } from '../quote.ts';
import { requireWellFormed, textOf } from './text.ts';

/** In UTF-8. */
export const configKeyLimitBytes = 1024;

/**
 * The key of a setting to be stored, of the cluster or of a hypervisor. It must be one that the Go tools reach too: they clean it
 * as a path, so that `a//b`, `a/./b` and `x/../a/b` would all lead them to `a/b`.
 */
export function configKeyOf(field: string, key: string): string {
  textOf({ field, text: storedConfigKeyOf(field, key), limitBytes: configKeyLimitBytes });
  if (/\p{Cc}/u.test(key)) throw badUserInput(field, `${quote(key)} is no config key: it has a control character`);
  for (const segment of key.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw badUserInput(field, `${quote(key)} is no config key: between its slashes may be anything but nothing, "." and ".."`);
    }
  }
  return key;
}

/** The key of a setting to be deleted: whatever another tool may have stored. */
export function storedConfigKeyOf(field: string, key: string): string {
  if (key === '') throw badUserInput(field, 'A config key has at least one character');
  requireWellFormed(field, key);
  return key;
}

/** The value of a setting: any text, "" too. */
export function configValueOf(field: string, value: string): string {
  return textOf({ field, text: value });
}
