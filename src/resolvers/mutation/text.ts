import { badUserInput } from '../../errors.ts';

/** In UTF-8. */
export const textLimitBytes = 64 * 1024;

/** With the flag u, a pair is one character. */
const loneSurrogate = /\p{Surrogate}/u;

export interface GivenText {
  /** The argument that it was given in. */
  readonly field: string;
  readonly text: string;
  readonly limitBytes?: number;
}

/** A text that is to be stored, refused when it is too long or not well-formed. */
export function textOf({ field, text, limitBytes = textLimitBytes }: GivenText): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > limitBytes) throw badUserInput(field, `${field} has ${bytes} bytes: at most ${limitBytes} are allowed`);
  requireWellFormed(field, text);
  return text;
}

/** What a VLAN or a group of them is for. */
export function descriptionOf(text: string): string {
  return textOf({ field: 'description', text });
}

/** Undefined when it stays as it is: also one that another tool made too long. */
export function changedDescription(stored: string, given: string | undefined): string | undefined {
  return given === undefined || given === stored ? undefined : descriptionOf(given);
}

/**
 * Refuses half of a surrogate pair: JSON may bring one, but UTF-8 has no bytes for it, so that another text would be stored, or read
 * by the Go tools, than the one that was given.
 */
export function requireWellFormed(field: string, text: string): void {
  if (loneSurrogate.test(text)) throw badUserInput(field, `${field} has half of a surrogate pair, which is no character`);
}
