import { getConfigEntry, listConfigEntries } from '../resolvers/config-entry.ts';
import { builder } from './builder.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { ConfigEntryRef, NodeRef } from './refs.ts';

ConfigEntryRef.implement({
  description: 'A setting of the whole cluster.',
  interfaces: [NodeRef],
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its key, such as "dhcp/dns/primary"; slashes are a part of it.' }),
    value: t.exposeString('value', { description: 'Its text; may be empty.' }),
    revision: t.expose('revision', {
      type: 'Revision',
      description: 'The store revision of its last change, the one that `ifRevision` compares.',
    }),
  }),
});

const ConfigEntryConnection = connectionOf({ name: 'ConfigEntry', things: 'config entries', node: ConfigEntryRef });

builder.queryFields((t) => ({
  configEntry: t.field({
    type: ConfigEntryRef,
    nullable: true,
    description: 'One setting by its key; null when there is none.',
    args: { key: t.arg.string({ required: true, description: 'The whole key, such as "dhcp/dns/primary".' }) },
    resolve: (_root, { key }, context) => getConfigEntry(context, key),
  }),
  configEntries: t.field({
    type: ConfigEntryConnection,
    description: 'All settings, by key.',
    args: {
      ...pageArguments(t.arg),
      prefix: t.arg.string({
        required: true,
        defaultValue: '',
        description: 'Only those whose key begins so: "dhcp/" for all of DHCP\'s.',
      }),
    },
    resolve: (_root, args, context) => listConfigEntries(context, args),
  }),
}));
