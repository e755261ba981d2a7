import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import type { AddressCounts } from '../store/values/addressing.ts';
import { contains, parseCIDR } from '../store/values/cidr.ts';
import { parseIPAddress } from '../store/values/ip-address.ts';
import { subnetAddressing } from './addressing.ts';
import { fieldIsId, type Given, given, type NameFilter, nameTests, passesAll, type Test } from './filter.ts';

export interface SubnetFilter extends NameFilter {
  readonly networkId?: Given<string>;
  readonly containsAddress?: Given<string>;
  readonly hasAvailableAddresses?: Given<boolean>;
  readonly minUtilization?: Given<number>;
}

/** A test that reads a subnet's addresses only where the filter asks about them. */
export async function subnetTest(context: Context, filter: Given<SubnetFilter>): Promise<(subnet: Subnet) => Promise<boolean>> {
  const passesRecord = passesAll(recordTests(filter));
  const countTests = addressingTests(filter);
  const passesCounts = passesAll(countTests);
  return async (subnet) => {
    if (!passesRecord(subnet)) return false;
    return countTests.length === 0 || passesCounts(await subnetAddressing(context, subnet));
  };
}

function recordTests(filter: Given<SubnetFilter>): Test<Subnet>[] {
  return [
    ...nameTests(filter),
    ...given(filter?.networkId, fieldIsId('networkId')),
    ...given(filter?.containsAddress, cidrContains),
  ];
}

function cidrContains(ip: string): Test<Subnet> {
  const address = parseIPAddress(ip);
  return (subnet) => {
    const cidr = parseCIDR(subnet.cidr);
    return address !== null && cidr !== null && contains(cidr.range, address);
  };
}

function addressingTests(filter: Given<SubnetFilter>): Test<AddressCounts>[] {
  return [
    ...given(filter?.hasAvailableAddresses, (wanted) => (counts: AddressCounts) => counts.available > 0n === wanted),
    ...given(filter?.minUtilization, (least) => (counts: AddressCounts) => counts.utilization >= least),
  ];
}
