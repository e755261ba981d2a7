import { randomUUID } from 'node:crypto';
import { answer, type Gateway } from './answer.ts';

export const strategies = ['RANDOM', 'SPREAD', 'PACK'] as const;
export type Strategy = (typeof strategies)[number];

const secondsEach = 4;

/** What is placed: small, so that there is always room for it, in a network of its own with addresses for all, attached everywhere. */
export async function smallGuest(gateway: Gateway): Promise<{ readonly flavorId: string; readonly networkId: string }> {
  const created = await answer(
    gateway,
    `mutation { createFlavor(input: { imageId: "${randomUUID()}", resources: { memory: 16, disk: 16, cpu: 1 } }) { flavor { id } } }`,
  );
  const network = await answer(gateway, 'mutation { createNetwork(input: {}) { network { id } } }');
  const networkId: string = JSON.parse(network.text).data.createNetwork.network.id;
  const subnet = await answer(
    gateway,
    `mutation { createSubnet(input: { networkId: "${networkId}", cidr: "10.200.0.0/16", startRange: "10.200.0.10", endRange: "10.200.255.250" }) { subnet { id } } }`,
  );
  const subnetId: string = JSON.parse(subnet.text).data.createSubnet.subnet.id;
  const listed = await answer(gateway, '{ hypervisors(first: 1000) { nodes { id } } }');
  const hypervisors: { readonly id: string }[] = JSON.parse(listed.text).data.hypervisors.nodes;
  for (const { id } of hypervisors) {
    const link = `hypervisorId: "${id}", subnetId: "${subnetId}", bridge: "br0"`;
    await answer(gateway, `mutation { attachSubnet(${link}) { hypervisor { id } } }`);
  }
  return { flavorId: JSON.parse(created.text).data.createFlavor.flavor.id, networkId };
}

interface PlacementRun {
  readonly gateway: Gateway;
  readonly spec: { readonly flavorId: string; readonly networkId: string };
  readonly strategy: Strategy;
  readonly callers: number;
}

export async function placeFor({ gateway, spec, strategy, callers }: PlacementRun) {
  const document = `mutation { createGuest(strategy: ${strategy}, input: { flavorId: "${spec.flavorId}", networkId: "${spec.networkId}" }) {
    guest { id ip hypervisorId } job { id }
  } }`;
  const latenciesMs: number[] = [];
  let conflicts = 0;
  await answer(gateway, document);
  const startedAt = performance.now();
  const endsAt = startedAt + secondsEach * 1000;
  async function caller(): Promise<void> {
    while (performance.now() < endsAt) {
      const begunAt = performance.now();
      try {
        await answer(gateway, document);
        latenciesMs.push(performance.now() - begunAt);
      } catch (error) {
        if (!String(error).includes('Others changed')) throw error;
        conflicts++;
      }
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - startedAt) / 1000;
  return { placed: latenciesMs.length, conflicts, seconds, latenciesMs };
}

/** Hypervisors whose guests' flavors need more memory or disk than they have. */
export async function overcommitted(gateway: Gateway): Promise<number> {
  const { text } = await answer(
    gateway,
    '{ hypervisors(first: 1000) { nodes { totalResources { memory disk } committedResources { memory disk } } } }',
  );
  interface Node {
    readonly totalResources: { readonly memory: number; readonly disk: number };
    readonly committedResources: { readonly memory: number; readonly disk: number };
  }
  const nodes: Node[] = JSON.parse(text).data.hypervisors.nodes;
  return nodes.filter(
    ({ totalResources: total, committedResources: committed }) => committed.memory > total.memory || committed.disk > total.disk,
  ).length;
}
