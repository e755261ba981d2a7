import { eachOf, Refusal, splitList, valueFrom } from './value.ts';

const kinds = ['none', 'token', 'jwt'] as const;
const roles = ['viewer', 'operator', 'admin', 'agent'] as const;

type Credential = Exclude<(typeof kinds)[number], 'none'>;

/** `token,jwt`; empty where nobody is asked who he is. */
export const authKinds = valueFrom((text): readonly Credential[] => {
  const given = eachOf(splitList(text), (part) => choiceOf(kinds, part));
  const asked = given.filter((kind) => kind !== 'none');
  if (given.length === 0) throw new Refusal(`needs one or more of ${kinds.join(', ')}`);
  if (asked.length > 0 && asked.length < given.length) throw new Refusal('none lets everybody in: it goes with no other');
  return [...new Set(asked)];
});

export const role = valueFrom((text) => choiceOf(roles, text));

const longestTokenName = 128;

/** Any text that a list can show in one line. */
export const tokenName = valueFrom((text) => {
  if (text.trim() !== '' && text.length <= longestTokenName && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text)) return text;
  throw new Refusal(`${JSON.stringify(text)} is no name of 1 to ${longestTokenName} printable characters`);
});

/** A UUID as the store has it. */
export const hypervisorId = valueFrom((text) => {
  const id = text.toLowerCase();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new Refusal(`${JSON.stringify(text)} is no id: an id is a UUID, such as 5058f1c0-086d-429d-9ee5-d2309b95e4b0`);
});

export interface RoleMapping {
  /** What the claim says. */
  readonly value: string;
  readonly role: (typeof roles)[number];
}

/** `staff=viewer,ops=operator`. */
export const roleMap = valueFrom((text): readonly RoleMapping[] =>
  eachOf(splitList(text), (part) => {
    const at = part.lastIndexOf('=');
    if (at < 1) throw new Refusal(`${JSON.stringify(part)} is no pair such as ops=operator`);
    return { value: part.slice(0, at), role: choiceOf(roles, part.slice(at + 1)) };
  }),
);

function choiceOf<const Choice extends string>(choices: readonly Choice[], text: string): Choice {
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new Refusal(`${JSON.stringify(text)} is none of ${choices.join(', ')}`);
  return choice;
}
