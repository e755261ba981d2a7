import { type Judge, nothing, type Rule } from './judge.ts';
import { type Json, metadataOf } from './model.ts';
import { committedBy, exceeds } from './room.ts';

const noResources = { memory: 0, disk: 0, cpu: 0 };
const image = /^e{8}/;

const createNetwork: Rule = (judge, { input }) => {
  const id = judge.newId(input.id);
  return ({ network }) =>
    judge.model.put(`networks/${id ?? network.id}/metadata`, { id: id ?? network.id, metadata: metadataOf(input.metadata) });
};

const updateNetwork: Rule = (judge, { input }) => {
  const found = judge.find('networks', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  return () => judge.model.update(found.key, { metadata });
};

const deleteNetwork: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('networks', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  const linked = judge.model.below(`networks/${found.id}/subnets/`).map(([subnet]) => subnet);
  judge.inUse([...linked, ...judge.guestsWith('network', found.id)]);
  return () => judge.model.removeAll(`networks/${found.id}/`);
};

function resources(judge: Judge, given: Json): Json {
  if (given === undefined || given === null) return given;
  for (const name of ['memory', 'disk', 'cpu']) if (given[name] < 0) judge.refuseInput(name);
  return { memory: given.memory, disk: given.disk, cpu: given.cpu };
}

const createHypervisor: Rule = (judge, { input }) => {
  const id = judge.newId(input.id);
  const [total, available] = [resources(judge, input.totalResources), resources(judge, input.availableResources)];
  return ({ hypervisor }) =>
    judge.model.put(`hypervisors/${id ?? hypervisor.id}/metadata`, {
      ...{
        id: id ?? hypervisor.id,
        metadata: metadataOf(input.metadata),
        ip: input.ip,
        netmask: '',
        gateway: input.gateway ?? '',
      },
      ...{ mac: '', total_resources: total ?? noResources, available_resources: available ?? total ?? noResources },
    });
};

const updateHypervisor: Rule = (judge, { input }) => {
  const found = judge.find('hypervisors', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  for (const field of ['ip', 'totalResources', 'availableResources']) judge.notNull(field, input[field]);
  const [total, available] = [resources(judge, input.totalResources), resources(judge, input.availableResources)];
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  return () => {
    const gateway = input.gateway === null ? '' : input.gateway;
    judge.model.update(found.key, { metadata, ip: input.ip, gateway, total_resources: total, available_resources: available });
    noteOvercommitment(judge, found.id);
  };
};

/** A hypervisor may report less than its guests have. */
function noteOvercommitment({ model }: Judge, hypervisorId: string): void {
  const { total_resources: total } = model.node('hypervisors', hypervisorId);
  if (exceeds(committedBy(model, hypervisorId), total)) model.overcommitted.add(hypervisorId);
}

const deleteHypervisor: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('hypervisors', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  judge.inUse(judge.guestsWith('hypervisor', found.id));
  return () => {
    judge.model.removeAll(`hypervisors/${found.id}/`);
    judge.model.overcommitted.delete(found.id);
  };
};

const heartbeat: Rule = (judge, { hypervisorId, ttlSeconds, resources: reported }) => {
  if (ttlSeconds < 10 || ttlSeconds > 86_400) judge.refuseInput('ttlSeconds');
  const found = judge.find('hypervisors', 'hypervisorId', hypervisorId);
  const [total, available] = [resources(judge, reported?.total), resources(judge, reported?.available)];
  if (found === null) return nothing;
  return () => {
    judge.model.put(`hypervisors/${found.id}/heartbeat`, '1970-01-01T00:00:00.000Z');
    judge.model.update(found.key, { total_resources: total, available_resources: available });
    noteOvercommitment(judge, found.id);
  };
};

const createFlavor: Rule = (judge, { input }) => {
  const id = judge.newId(input.id);
  if (!image.test(input.imageId)) judge.refuseInput('imageId');
  const size = resources(judge, input.resources);
  return ({ flavor }) =>
    judge.model.put(`flavors/${id ?? flavor.id}/metadata`, {
      ...{ id: id ?? flavor.id, image: input.imageId, metadata: metadataOf(input.metadata), ...size },
    });
};

const updateFlavor: Rule = (judge, { input }) => {
  const found = judge.find('flavors', 'id', input.id);
  const metadata = judge.metadata(found?.record.metadata, input.metadata);
  for (const field of ['imageId', 'resources']) judge.notNull(field, input[field]);
  if (typeof input.imageId === 'string' && !image.test(input.imageId)) judge.refuseInput('imageId');
  const size = resources(judge, input.resources);
  if (found === null) return nothing;
  judge.revision(found.key, input.ifRevision);
  const { memory, disk, cpu } = found.record;
  const isResized = size !== undefined && size !== null && JSON.stringify(size) !== JSON.stringify({ memory, disk, cpu });
  const placed = judge.guestsWith('flavor', found.id).filter((guest) => judge.model.node('guests', guest).hypervisor !== '');
  if (isResized) judge.inUse(placed);
  return () => judge.model.update(found.key, { image: input.imageId, metadata, ...size });
};

const deleteFlavor: Rule = (judge, { id, ifRevision }) => {
  const found = judge.find('flavors', 'id', id);
  if (found === null) return nothing;
  judge.revision(found.key, ifRevision);
  judge.inUse(judge.guestsWith('flavor', found.id));
  return () => judge.model.removeAll(`flavors/${found.id}/`);
};

export const inventoryRules: Readonly<Record<string, Rule>> = {
  createNetwork,
  updateNetwork,
  deleteNetwork,
  createHypervisor,
  updateHypervisor,
  deleteHypervisor,
  heartbeat,
  createFlavor,
  updateFlavor,
  deleteFlavor,
};
