import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { addressReleasing } from './address-release.ts';
import { addressReserving } from './address-reserve.ts';
import { configMutations } from './config-entry.ts';
import { danglingRecords } from './dangling.ts';
import { firewallGroupMutations } from './firewall-group.ts';
import { flavorMutations } from './flavor.ts';
import { guestUpdates } from './guest.ts';
import { guestActing, imageFetching } from './guest-action.ts';
import { guestCreation } from './guest-create.ts';
import { guestDeletion } from './guest-delete.ts';
import { guestPlacing } from './guest-place.ts';
import { guestRemoving } from './guest-removal.ts';
import { guestUnplacing } from './guest-unplace.ts';
import { guestUnplacingRaces } from './guest-unplace-race.ts';
import { heartbeatMutations } from './heartbeat.ts';
import { hypervisorMutations } from './hypervisor.ts';
import { hypervisorConfigMutations } from './hypervisor-config.ts';
import { hypervisorSubnetMutations } from './hypervisor-subnet.ts';
import { jobRetrying } from './job-retry.ts';
import { type MutationHome, type MutationSpace, type MutationStore, openMutationSpace } from './mutation-space.ts';
import { networkMutations } from './network.ts';
import { networkSubnetMutations } from './network-subnet.ts';
import { placementRaces } from './placement-race.ts';
import { placementReports } from './placement-report.ts';
import { staleLinks } from './stale-link.ts';
import { subnetMutations } from './subnet.ts';
import { vlanMutations } from './vlan.ts';
import { vlanGroupMutations } from './vlan-group.ts';

/** What each test is given: a keyspace that is empty when it begins. */
export type Space = () => MutationSpace;

const suites: Readonly<Record<string, (space: Space) => void>> = {
  networks: networkMutations,
  subnets: subnetMutations,
  'subnets of networks': networkSubnetMutations,
  hypervisors: hypervisorMutations,
  'subnets on hypervisors': hypervisorSubnetMutations,
  'settings of hypervisors': hypervisorConfigMutations,
  heartbeats: heartbeatMutations,
  flavors: flavorMutations,
  'firewall groups': firewallGroupMutations,
  VLANs: vlanMutations,
  'VLAN groups': vlanGroupMutations,
  config: configMutations,
  'guest updates': guestUpdates,
  'creating guests': guestCreation,
  'placing guests': guestPlacing,
  'placement races': placementRaces,
  'placement reports': placementReports,
  'unplacing guests': guestUnplacing,
  'unplacing guests that others change': guestUnplacingRaces,
  'stale links': staleLinks,
  'actions on guests': guestActing,
  'fetching images': imageFetching,
  'retrying jobs': jobRetrying,
  'deleting guests': guestDeletion,
  'removing guests that are deleted': guestRemoving,
  'reserving addresses': addressReserving,
  'releasing addresses': addressReleasing,
  'dangling records': danglingRecords,
};

/** Every mutation, on a real store. */
export function mutationContract(home: MutationHome): void {
  describe(`mutations on ${home.name}`, () => {
    let opened: MutationStore;
    let space: MutationSpace;

    beforeAll(async () => {
      opened = await home.open();
    });
    beforeEach(async () => {
      space = await openMutationSpace(opened.store, opened.memory);
    });
    afterEach(() => space.leave());
    afterAll(() => opened.close());

    for (const [kind, suite] of Object.entries(suites)) describe(kind, () => suite(() => space));
  });
}
