import { onTestFinished } from 'vitest';

export interface JumpingClock {
  /** Sets the time of day of this process forward, or back where it is negative. */
  jump(hours: number): void;
}

/** The time of day of this process, which jumps as when an operator or NTP sets the clock. Other clocks and timers go on as they do. */
export function openJumpingClock(): JumpingClock {
  const SteadyDate = globalThis.Date;
  let offsetMs = 0;
  const now = () => SteadyDate.now() + offsetMs;
  globalThis.Date = new Proxy(SteadyDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new SteadyDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  onTestFinished(() => {
    globalThis.Date = SteadyDate;
  });
  return {
    jump: (hours) => {
      offsetMs += hours * 3_600_000;
    },
  };
}
