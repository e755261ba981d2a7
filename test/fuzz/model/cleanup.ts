import type { Json, Model } from './model.ts';
import type { Operation } from './operation.ts';
import type { Step } from './step.ts';

/** What deletes everything that the model has, in an order in which nothing is refused. */
export function* cleanup(model: Model): Generator<Step> {
  const of = (folder: string) => model.nodes(folder).map(({ id }) => id);
  // No guest may run any more on a hypervisor that is silent.
  for (const id of of('hypervisors')) yield { event: 'silence', id };
  for (const { id, record } of model.nodes('guests')) {
    if (record.hypervisor !== '') yield mutation('unplaceGuest', { guestId: id });
    yield mutation('deleteGuest', { id });
  }
  for (const id of of('fwgroups')) yield mutation('updateFirewallGroup', { input: { id, rules: [] } });
  for (const id of of('fwgroups')) yield mutation('deleteFirewallGroup', { id });
  for (const hypervisorId of of('hypervisors')) {
    for (const [subnetId] of model.below(`hypervisors/${hypervisorId}/subnets/`))
      yield mutation('detachSubnet', { hypervisorId, subnetId });
    yield mutation('deleteHypervisor', { id: hypervisorId });
  }
  for (const id of of('subnets')) yield mutation('deleteSubnet', { id });
  for (const id of of('networks')) yield mutation('deleteNetwork', { id });
  for (const id of of('flavors')) yield mutation('deleteFlavor', { id });
  for (const id of of('vlangroups')) yield mutation('deleteVLANGroup', { id });
  for (const id of of('vlans')) yield mutation('deleteVLAN', { tag: Number(id) });
  for (const [key] of model.below('config/')) yield mutation('deleteConfig', { key });
}

function mutation(field: string, args: Json): Operation {
  return { field, args, isRepeated: false };
}
