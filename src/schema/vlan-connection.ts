import { connectionOf } from './pagination.ts';
import { VLANGroupRef, VLANRef } from './refs.ts';

/** VLANs and their groups list one another. */
export const VLANConnection = connectionOf({ name: 'VLAN', things: 'VLANs', node: VLANRef });
export const VLANGroupConnection = connectionOf({ name: 'VLANGroup', things: 'VLAN groups', node: VLANGroupRef });
