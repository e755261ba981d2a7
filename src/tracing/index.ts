export { openTracer } from './open-tracer.ts';
export { tracedObserver } from './traced-observer.ts';
export { noTracer, type Tracer, traceFields } from './tracer.ts';
