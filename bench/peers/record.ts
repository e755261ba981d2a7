/** What the peers take of the records. Nothing is checked: the sample cluster's are in order. */
export interface Named {
  readonly id: string;
  readonly name: string | null;
}

interface Resources {
  readonly memory: number;
  readonly disk: number;
  readonly cpu: number;
}

export type Network = Named;

export interface Hypervisor extends Named {
  readonly ip: string | null;
  readonly totalResources: Resources;
}

export interface Flavor extends Named {
  readonly imageId: string;
  readonly resources: Resources;
}

export interface Subnet extends Named {
  readonly networkId: string;
  readonly cidr: string;
  readonly gateway: string | null;
}

export type GuestState = 'UNPLACED' | 'RUNNING' | 'STOPPED' | 'SUSPENDED' | 'ERROR' | 'UNKNOWN';

export interface Guest extends Named {
  readonly type: string;
  readonly state: GuestState;
  readonly ip: string | null;
  readonly mac: string | null;
  readonly flavorId: string;
  readonly networkId: string;
  readonly hypervisorId: string | null;
  readonly subnetId: string | null;
}

/** From a record's text; a guest's state has a text of its own. */
export type Decoder<T> = (record: string, state: string | null) => T;

export const decodeNetwork: Decoder<Network> = (record) => {
  const { id, metadata } = JSON.parse(record);
  return { id, name: metadata?.name ?? null };
};

export const decodeHypervisor: Decoder<Hypervisor> = (record) => {
  const { id, metadata, ip, total_resources } = JSON.parse(record);
  return { id, name: metadata?.name ?? null, ip: ip || null, totalResources: total_resources };
};

export const decodeFlavor: Decoder<Flavor> = (record) => {
  const { id, metadata, image, memory, disk, cpu } = JSON.parse(record);
  return { id, name: metadata?.name ?? null, imageId: image, resources: { memory, disk, cpu } };
};

export const decodeSubnet: Decoder<Subnet> = (record) => {
  const { id, metadata, network, cidr, gateway } = JSON.parse(record);
  return { id, name: metadata?.name ?? null, networkId: network, cidr, gateway: gateway || null };
};

export const decodeGuest: Decoder<Guest> = (record, state) => {
  const { id, metadata, type, flavor, network, hypervisor, subnet, mac, ip } = JSON.parse(record);
  const hypervisorId = hypervisor || null;
  return {
    id,
    name: metadata?.name ?? null,
    type,
    state: hypervisorId === null ? 'UNPLACED' : state === null ? 'UNKNOWN' : JSON.parse(state).state,
    ip: ip || null,
    mac: mac || null,
    flavorId: flavor,
    networkId: network,
    hypervisorId,
    subnetId: subnet || null,
  };
};
