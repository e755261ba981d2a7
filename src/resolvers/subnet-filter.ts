import type { Context } from '../context.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { whenThere } from '../store/maybe-promise.ts';
import type { AddressCounts } from '../store/values/addressing.ts';
import { contains, parseCIDR } from '../store/values/cidr.ts';
import { parseIPAddress } from '../store/values/ip-address.ts';
import { subnetAddressing } from './addressing.ts';
import { type Given, given, type NameFilter, nameTests, passesAll, type Test } from './filter.ts';
import { uuidOf } from './id.ts';
import type { ReadingTests } from './reading-list.ts';
import type { Criterion } from './selection.ts';
import { isInNetwork } from './subnet-index.ts';

export interface SubnetFilter extends NameFilter {
  readonly networkId?: Given<string>;
  readonly containsAddress?: Given<string>;
  readonly hasAvailableAddresses?: Given<boolean>;
  readonly minUtilization?: Given<number>;
}

/** A subnet's addresses are read only where the filter asks about them. */
export function subnetTests(context: Context, filter: Given<SubnetFilter>): ReadingTests<Subnet> {
  const ofCounts = addressingTests(filter);
  const passesCounts = passesAll(ofCounts);
  const ofAddresses = (subnet: Subnet) => whenThere(subnetAddressing(context, subnet), passesCounts);
  return { criteria: recordCriteria(filter), reading: ofCounts.length === 0 ? [] : [ofAddresses] };
}

function recordCriteria(filter: Given<SubnetFilter>): Criterion<Subnet>[] {
  return [
    ...nameTests(filter).map((passes) => ({ passes })),
    ...given(filter?.networkId, (id) => isInNetwork(uuidOf('networkId', id))),
    ...given(filter?.containsAddress, (ip) => ({ passes: cidrContains(ip) })),
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
