import { badUserInput } from '../../errors.ts';
import { quote } from '../quote.ts';
import { requireWellFormed } from './text.ts';

const longestType = 64;

/** A guest's type, such as "kvm". What types there are is for the agents to say. */
export function guestTypeOf(text: string): string {
  requireWellFormed('type', text);
  const length = [...text].length;
  if (length >= 1 && length <= longestType) return text;
  throw badUserInput('type', `${quote(text)} is no type of guest: a type has 1 to ${longestType} characters`);
}
