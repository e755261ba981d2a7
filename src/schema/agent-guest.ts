import type { AgentDisk, AgentGuest, AgentNic } from '../resolvers/agent-guest.ts';
import { builder } from './builder.ts';
import { costs } from './field-cost.ts';

const AgentNicRef = builder.objectRef<AgentNic>('AgentNic').implement({
  description: "A network card of a guest, as its hypervisor's agent describes it.",
  fields: (t) => ({
    name: t.exposeString('name', {
      nullable: true,
      description: 'What the guest calls it, such as "eth0"; null when the agent does not say.',
    }),
    mac: t.expose('mac', {
      type: 'MACAddress',
      nullable: true,
      description: 'Its hardware address; null when the agent does not say.',
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'Its IP address, as the agent writes it; null when it does not say.',
    }),
    netmask: t.exposeString('netmask', {
      nullable: true,
      description: 'The mask of its network, as the agent writes it; null when it does not say.',
    }),
    gateway: t.exposeString('gateway', {
      nullable: true,
      description: 'Its way out, as the agent writes it; null when it does not say.',
    }),
    network: t.exposeString('network', {
      nullable: true,
      description: 'The bridge or network that it is plugged into; null when the agent does not say.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The hardware that the guest sees, such as "virtio"; null when the agent does not say.',
    }),
    device: t.exposeString('device', {
      nullable: true,
      description: 'Its device on the hypervisor, such as "vnet0"; null when the agent does not say.',
    }),
    vlans: t.exposeIntList('vlans', {
      extensions: costs({ size: 4 }),
      description: 'The tags of the VLANs that it is in; empty when there are none.',
    }),
  }),
});

const AgentDiskRef = builder.objectRef<AgentDisk>('AgentDisk').implement({
  description: "A disk of a guest, as its hypervisor's agent describes it.",
  fields: (t) => ({
    bus: t.exposeString('bus', {
      nullable: true,
      description: 'How it is connected, such as "sata" or "virtio"; null when the agent does not say.',
    }),
    device: t.exposeString('device', {
      nullable: true,
      description: 'What the guest sees it as, such as "sda"; null when the agent does not say.',
    }),
    size: t.expose('size', { type: 'BigInt', nullable: true, description: 'Its size in MB; null when the agent does not say.' }),
    imageId: t.exposeID('imageId', {
      nullable: true,
      description: 'The image that it was made from; null when it was made from none.',
    }),
    volume: t.exposeString('volume', {
      nullable: true,
      description: 'The volume that holds it; null when the agent does not say.',
    }),
    source: t.exposeString('source', {
      nullable: true,
      description: 'Its file or device on the hypervisor; null when the agent does not say.',
    }),
  }),
});

export const AgentGuestRef = builder.objectRef<AgentGuest>('AgentGuest').implement({
  description: 'A guest as the agent of its hypervisor describes it, at the time of the query.',
  fields: (t) => ({
    state: t.exposeString('state', {
      nullable: true,
      description: 'Its state in the agent\'s own word, such as "running" or "shutoff"; null when the agent does not say.',
    }),
    type: t.exposeString('type', {
      nullable: true,
      description: 'How it is run, such as "kvm"; null when the agent does not say.',
    }),
    imageId: t.exposeID('imageId', {
      nullable: true,
      description: 'The image that it was created from; null when the agent does not say.',
    }),
    memory: t.exposeInt('memory', { nullable: true, description: 'Its memory in MB; null when the agent does not say.' }),
    cpu: t.exposeInt('cpu', { nullable: true, description: 'Its virtual CPUs; null when the agent does not say.' }),
    vnc: t.exposeInt('vnc', {
      nullable: true,
      description: 'The port of its VNC console on the hypervisor; null when it has none.',
    }),
    metadata: t.expose('metadata', {
      type: 'StringMap',
      description: "The agent's own metadata of it; empty when there are none.",
    }),
    nics: t.expose('nics', { type: [AgentNicRef], extensions: costs({ size: 4 }), description: 'Its network cards.' }),
    disks: t.expose('disks', { type: [AgentDiskRef], extensions: costs({ size: 4 }), description: 'Its disks.' }),
  }),
});
