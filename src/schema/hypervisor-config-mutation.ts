import type { ArgBuilder } from '@pothos/core';
import { deleteHypervisorConfig, setHypervisorConfig, setSchedulable } from '../resolvers/mutation/hypervisor-config.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { HypervisorPayload } from './hypervisor-mutation.ts';
import { begin, ifRevisionArgument } from './mutation.ts';

builder.mutationFields((t) => ({
  setHypervisorConfig: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description: "Sets one of a hypervisor's settings, whether it was there or not.",
    args: {
      hypervisorId: hypervisorIdArgument(t.arg),
      key: t.arg.string({
        required: true,
        description: 'Its key, such as "agentPort" or "nested/key": at most 1,024 bytes, and no "..", "." or "" between slashes.',
      }),
      value: t.arg.string({
        required: true,
        description: 'Its text, 64 KiB at most; may be empty. Of "agentPort" a port, of "schedulable" "true" or "false".',
      }),
      ifRevision: ifRevisionArgument(t.arg, ofTheRecord),
    },
    resolve: (_root, args, context, info) => setHypervisorConfig(begin(context, args, info), args),
  }),
  deleteHypervisorConfig: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description: "Removes one of a hypervisor's settings. NOT_FOUND when it is not there.",
    args: {
      hypervisorId: hypervisorIdArgument(t.arg),
      key: t.arg.string({ required: true, description: 'The whole key, as `config` of the hypervisor shows it.' }),
    },
    resolve: (_root, args, context, info) => deleteHypervisorConfig(begin(context, args, info), args),
  }),
  setSchedulable: t.field({
    role: 'admin',
    type: HypervisorPayload,
    nullable: true,
    description: 'Cordons a hypervisor, so that placement passes it over, or undoes that. Guests that run there go on.',
    args: {
      hypervisorId: hypervisorIdArgument(t.arg),
      schedulable: t.arg.boolean({ required: true, description: 'False cordons it.' }),
      ifRevision: ifRevisionArgument(t.arg, ofTheRecord),
    },
    resolve: (_root, args, context, info) => setSchedulable(begin(context, args, info), args),
  }),
}));

/** What `ifRevision` looks at there. */
const ofTheRecord = " The record's own: settings and cordons do not move it.";

function hypervisorIdArgument(arg: ArgBuilder<SchemaTypes>) {
  return arg.id({ required: true, description: "The hypervisor's UUID, in any spelling." });
}
