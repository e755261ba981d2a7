import SchemaBuilder from '@pothos/core';
import type { Context } from '../context.ts';
import type { StringMap } from '../store/entities/entity.ts';
import type { Revision } from '../store/store.ts';
import type { EventCursor } from '../store/values/event-cursor.ts';
import './role.ts';

/** What each scalar is inside of the gateway: Input is what an argument brings, Output what a field answers. */
type Scalars = {
  ID: { Input: string; Output: string };
  DateTime: { Input: Date; Output: string };
  IPAddress: { Input: string; Output: string };
  CIDR: { Input: string; Output: string };
  MACAddress: { Input: string; Output: string };
  BigInt: { Input: bigint; Output: bigint };
  StringMap: { Input: StringMap; Output: StringMap };
  StringMapPatch: { Input: Readonly<Record<string, string | null>>; Output: never };
  Revision: { Input: Revision; Output: Revision };
  EventCursor: { Input: EventCursor; Output: EventCursor };
};

/** Each kind registers its own types, with its queries beside them; index.ts builds the schema of all. */
export const builder = new SchemaBuilder<{
  Context: Context;
  Scalars: Scalars;
  DefaultFieldNullability: false;
}>({ defaultFieldNullability: false, plugins: ['roles'] });

export type SchemaTypes = typeof builder.$inferSchemaTypes;
