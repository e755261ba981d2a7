import { badUserInput } from '../../errors.ts';
import { quote } from '../quote.ts';
import { requireWellFormed } from './text.ts';

const longestType = 64;
const controlCharacter = /\p{Cc}/u;

/** A guest's type, such as "kvm". What types there are is for the agents to say. */
export function guestTypeOf(text: string): string {
  requireWellFormed('type', text);
  const length = [...text].length;
  if (length >= 1 && length <= longestType && !controlCharacter.test(text)) return text;
  const allowed = `a type has 1 to ${longestType} characters, none of them a control character`;
  throw badUserInput('type', `${quote(text)} is no type of guest: ${allowed}`);
}
