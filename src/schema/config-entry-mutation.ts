import { deleteConfig, setConfig } from '../resolvers/mutation/config-entry.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin, DeletePayload, ifRevisionArgument } from './mutation.ts';
import { ConfigEntryRef } from './refs.ts';

const ConfigPayload = builder.objectRef<{ readonly key: string }>('ConfigPayload').implement({
  description: 'A setting of the cluster after a change.',
  fields: (t) => ({
    entry: t.field({
      type: ConfigEntryRef,
      description: 'The setting as the commit left it.',
      resolve: ({ key }, _args, context) => requireNode(context.loaders.CONFIG, key),
    }),
  }),
});

builder.mutationFields((t) => ({
  setConfig: t.field({
    role: 'admin',
    type: ConfigPayload,
    nullable: true,
    description: 'Sets a setting of the cluster, new or not.',
    args: {
      key: t.arg.string({
        required: true,
        description:
          'The whole key, such as "dhcp/dns/primary": 1,024 bytes at most. Between its slashes may be anything but nothing, "." and "..".',
      }),
      value: t.arg.string({ required: true, description: 'Any text: 64 KiB at most; may be empty.' }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => setConfig(begin(context, args, info), args),
  }),
  deleteConfig: t.field({
    role: 'admin',
    type: DeletePayload,
    nullable: true,
    description: 'Deletes a setting of the cluster. NOT_FOUND when it is not set.',
    args: {
      key: t.arg.string({ required: true, description: 'The whole key, whatever it looks like.' }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteConfig(begin(context, args, info), args),
  }),
}));
