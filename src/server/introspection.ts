import { type DocumentNode, SchemaMetaFieldDef, TypeMetaFieldDef, visit } from 'graphql';
import { hasRole, type Viewer } from '../auth/index.ts';
import { requireRole } from '../resolvers/access.ts';
import { type ClientError, clientError } from './client-error.ts';
import { tellsOfSchema } from './request-error.ts';

const introspectionFields = new Set([SchemaMetaFieldDef.name, TypeMetaFieldDef.name]);

/** The schema is for viewers. An agent is told the types of what it is answered (`__typename`), and no more. */
const mayReadSchema = (viewer: Viewer): boolean => hasRole(viewer, 'viewer');

export function requireIntrospectionRole(document: DocumentNode, viewer: Viewer): void {
  if (mayReadSchema(viewer)) return;
  visit(document, {
    Field({ name: { value: field } }) {
      if (introspectionFields.has(field)) requireRole(viewer, { field, role: 'viewer' });
    },
  });
}

const hiddenMessage =
  'This does not fit the schema. What is wrong with it is told to those alone who may read the schema: role viewer';

/**
 * Errors as this viewer may see them: who may not read the schema does not learn it by guessing either. What graphql has to say of a document or
 * of variables names what would have fit. Its place in the document is told, and the name of the value that is wrong, which are the client's own.
 */
export function hideSchema(errors: readonly ClientError[], viewer: Viewer): readonly ClientError[] {
  if (mayReadSchema(viewer)) return errors;
  return errors.map((error) => (tellsOfSchema(error) ? clientError(error, error.extensions, hiddenMessage) : error));
}
