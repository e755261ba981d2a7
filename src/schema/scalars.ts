import './date-time-scalar.ts';
import './event-cursor-scalar.ts';
import './network-scalar.ts';
import './number-scalar.ts';
import './string-map-scalar.ts';
