import { expect, it } from 'vitest';
import { attack, startAttackedGateway } from './attack.ts';

it('a gateway under attack stays within its memory, answers meanwhile, and goes on afterwards', {
  timeout: 120_000,
}, async () => {
  const gateway = await startAttackedGateway(200);
  const before = gateway.residentMiB();
  const sizes = {
    ...{ documents: 1, events: 10, slowBodies: 40, slowReaders: 10, tinySenders: 6 },
    ...{ idleSockets: 250, refusedSockets: 50 },
  };
  const { peakMiB } = await attack(gateway, sizes);
  // A heap of more than 256 MiB would have ended the process.
  expect(peakMiB).toBeLessThan(before + 500);
  const { code, stderr } = await gateway.program.end('SIGTERM');
  expect({ code, stderr: stderr.replace(/^.*"msg":"connections (refused|cut).*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
});
