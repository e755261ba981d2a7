import { type DocumentNode, SchemaMetaFieldDef, TypeMetaFieldDef, visit } from 'graphql';
import type { Viewer } from '../auth/index.ts';
import { requireRole } from '../resolvers/access.ts';

const introspectionFields = new Set([SchemaMetaFieldDef.name, TypeMetaFieldDef.name]);

/** The schema is for viewers. An agent is told the types of what it is answered (`__typename`), and no more. */
export function requireIntrospectionRole(document: DocumentNode, viewer: Viewer): void {
  if (viewer.role !== 'agent') return;
  visit(document, {
    Field({ name: { value: field } }) {
      if (introspectionFields.has(field)) requireRole(viewer, { field, role: 'viewer' });
    },
  });
}
