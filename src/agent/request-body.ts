import type { AgentImage } from './agent-client.ts';
import { printJson } from './json-text.ts';
import type { NewAgentGuest } from './new-agent-guest.ts';

/** An action says all in its path. */
export const noBody = 'null';

/** Byte for byte what the reference client sends, for the same guest. */
export function printGuest({ nic, disk, ...guest }: NewAgentGuest): string {
  return printJson({
    id: guest.id,
    type: guest.type,
    image: guest.imageId,
    nics: [
      {
        name: 'eth0',
        network: nic.bridge,
        model: 'virtio',
        mac: nic.mac,
        address: nic.address,
        netmask: nic.netmaskHex,
        gateway: nic.gateway,
        vlans: nic.vlans,
      },
    ],
    disks: [{ bus: '', device: '', size: disk, volume: '', image: guest.imageId, source: guest.imageId }],
    memory: guest.memory,
    cpu: guest.cpu,
    metadata: guest.metadata,
  });
}

/** Where the image comes from and goes to is the agent's to know. */
export function printImage({ imageId, type }: AgentImage): string {
  return printJson({ id: imageId, type, dest: '', source: '' });
}
