import { describe, expect, it } from 'vitest';
import { ReplicaLag } from '../../../src/store/replica/replica-lag.ts';

function open() {
  let now = 5000;
  const lag = new ReplicaLag(() => now);
  return { lag, passMs: (ms: number) => (now += ms) };
}

describe('The lag of a replica', () => {
  it('is in seconds alone until all is loaded for the first time', () => {
    const { lag, passMs } = open();
    passMs(1500);
    expect(lag.behind(0)).toEqual({ revisions: null, seconds: 1.5 });
    lag.reach(70);
    expect(lag.behind(70)).toEqual({ revisions: 0, seconds: 0 });
  });

  it('counts the revisions that the store was heard to have, and the time since the first of them', () => {
    const { lag, passMs } = open();
    lag.reach(70);
    passMs(60_000);
    lag.prove(72);
    passMs(250);
    expect(lag.behind(70)).toEqual({ revisions: 2, seconds: 0.25 });
    lag.prove(80);
    lag.prove(75);
    passMs(250);
    expect(lag.behind(70)).toEqual({ revisions: 10, seconds: 0.5 });
  });

  it('goes on while less than all is reached, and is over with the last of it', () => {
    const { lag, passMs } = open();
    lag.reach(70);
    lag.prove(80);
    passMs(1000);
    lag.reach(79);
    passMs(1000);
    expect(lag.behind(79)).toEqual({ revisions: 1, seconds: 2 });
    lag.reach(80);
    expect(lag.behind(80)).toEqual({ revisions: 0, seconds: 0 });
    passMs(1000);
    lag.prove(81);
    expect(lag.behind(80)).toEqual({ revisions: 1, seconds: 0 });
  });

  it('has no revisions while all is loaded anew, and its time goes on through a load that does not reach the store', () => {
    const { lag, passMs } = open();
    lag.reach(70);
    lag.prove(75);
    passMs(1000);
    lag.lose();
    passMs(1000);
    expect(lag.behind(0)).toEqual({ revisions: null, seconds: 2 });
    lag.reach(73);
    expect(lag.behind(73)).toEqual({ revisions: 2, seconds: 2 });
    lag.reach(75);
    expect(lag.behind(75)).toEqual({ revisions: 0, seconds: 0 });
  });
});
