import { describe, expect, it } from 'vitest';
import { rewriteRecord } from '../../../src/store/codec.ts';
import { decodeHypervisor, hypervisorFields } from '../../../src/store/entities/hypervisor.ts';
import { id, reasonOf, source } from './fixture.ts';

function decode(json: string) {
  return decodeHypervisor(source(json, { folder: 'hypervisors' }));
}

describe('decodeHypervisor', () => {
  it('reads numbers above 2^53, up to all of 64 bits, exactly', () => {
    const hypervisor = decode(
      '{"ip":"2001:DB8::4","netmask":"ffff:ffff:ffff:ffff::","gateway":"2001:db8::1","mac":"00-00-00-00-fe-80-00-00-00-00-00-00-02-00-5e-10-00-00-00-01",' +
        '"total_resources":{"memory":9007199254740993,"disk":18446744073709551615,"cpu":4294967295},' +
        '"available_resources":{"memory":18446744073709551104,"disk":0,"cpu":1}}',
    );
    expect(hypervisor).toEqual({
      kind: 'HYPERVISOR',
      id,
      revision: 7,
      directory: `lochness/hypervisors/${id}/`,
      metadata: {},
      ip: '2001:db8::4',
      netmask: 'ffff:ffff:ffff:ffff::',
      gateway: '2001:db8::1',
      mac: '00:00:00:00:fe:80:00:00:00:00:00:00:02:00:5e:10:00:00:00:01',
      totalResources: { memory: 9007199254740993n, disk: 18446744073709551615n, cpu: 4294967295n },
      availableResources: { memory: 18446744073709551104n, disk: 0n, cpu: 1n },
    });
  });

  it('reads one that has reported nothing', () => {
    const nothing = { memory: 0n, disk: 0n, cpu: 0n };
    const expected = { ip: null, netmask: null, gateway: null, mac: null, totalResources: nothing, availableResources: nothing };
    expect(decode('{}')).toMatchObject(expected);
    expect(decode('{"ip":"","netmask":"","gateway":"","mac":"","total_resources":null,"available_resources":{}}')).toMatchObject(
      expected,
    );
  });

  it.each([
    ['{"total_resources":{"memory":-1}}', 'total_resources.memory is -1, which is no unsigned 64-bit number'],
    ['{"total_resources":{"cpu":4294967296}}', 'total_resources.cpu is 4294967296, which is no unsigned 32-bit number'],
    ['{"available_resources":{"disk":"5"}}', 'available_resources.disk is "5", which is no unsigned 64-bit number'],
    ['{"available_resources":[]}', 'available_resources is [], which is no object'],
    ['{"netmask":"/24"}', 'netmask is "/24", which is no IP address'],
    ['{"mac":"none"}', 'mac is "none", which is no MAC address'],
  ])('refuses %s: %s', (json, reason) => {
    expect(reasonOf(() => decode(json))).toBe(reason);
  });
});

describe('hypervisorFields', () => {
  it('rewrites one of the resources and leaves the other as it was', () => {
    const stored =
      '{"total_resources":{"memory":9007199254740993,"disk":1,"cpu":2,"gpu":3},"available_resources":{"memory":18446744073709551615}}';
    const changes = hypervisorFields({ totalResources: { memory: 5n, disk: 18446744073709551615n, cpu: 4n }, gateway: null });
    expect(rewriteRecord(Buffer.from(stored), changes).toString()).toBe(
      '{"total_resources":{"memory":5,"disk":18446744073709551615,"cpu":4,"gpu":3},"available_resources":{"memory":18446744073709551615},"gateway":""}',
    );
  });
});
