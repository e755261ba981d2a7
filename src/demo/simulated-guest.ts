import { z } from 'zod';

/** A guest, or an image, that was posted to an agent and that is none. The message is the agent's. */
export class BadBodyError extends Error {
  override readonly name = 'BadBodyError';
}

const text = z.string().nullish();
const number = z.number().nullish();

/** Every field but the id may be missing. The order is that in which agents write them. */
const guestBody = z.object({
  id: text,
  type: text,
  image: text,
  nics: z.array(z.looseObject({})).nullish(),
  disks: z.array(z.looseObject({})).nullish(),
  state: text,
  memory: number,
  cpu: number,
  vnc: number,
  metadata: z.record(z.string(), z.string()).nullish(),
});

/** A guest as an agent keeps it, and writes it: fields that say nothing are left out. */
export type SimulatedGuest = Readonly<Partial<Omit<z.output<typeof guestBody>, 'id'>>> & { readonly id: string };

const imageBody = z.object({ id: text, type: text });

export interface SimulatedImage {
  readonly id: string;
  /** Agents forget for which type of guest it was fetched. */
  readonly type: '';
  /** MB. */
  readonly size: number;
  readonly status: 'pending' | 'complete';
}

/** The guest of a `POST /guests`; one without an id is given one. */
export function parseGuest(body: string, newId: () => string): SimulatedGuest {
  const { id, ...fields } = parseBody(guestBody, body);
  if (id && !isUUID(id)) throw new BadBodyError('id must be uuid');
  const said = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  return { id: id || newId(), ...Object.fromEntries(said) };
}

/** The id and the type of a `POST /images`. */
export function parseImage(body: string): { readonly id: string; readonly type: string } {
  const { id, type } = parseBody(imageBody, body);
  if (!id) throw new BadBodyError('missing id');
  return { id, type: type ?? '' };
}

/** The same guest in another state; the state has its place among the fields. */
export function inState(guest: SimulatedGuest, state: string): SimulatedGuest {
  return { ...guestBody.parse({ ...guest, state }), id: guest.id };
}

function parseBody<Schema extends z.ZodType>(schema: Schema, body: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw new BadBodyError(body === '' ? 'EOF' : 'unexpected EOF', { cause: error });
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new BadBodyError(`json: cannot unmarshal field ${error.issues[0]?.path.join('.') ?? ''}`, { cause: error });
}

function isUUID(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

function isEmpty(value: unknown): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}
