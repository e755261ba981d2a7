import { listBrokenRecords } from '../resolvers/broken-record.ts';
import type { BrokenRecord } from '../store/broken-record.ts';
import { builder } from './builder.ts';
import { costs } from './field-cost.ts';

const BrokenRecordRef = builder.objectRef<BrokenRecord>('BrokenRecord').implement({
  description: 'A record in the store that cannot be read. It is missing from lists and counts, and disturbs nothing else.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Its key in the store, such as "lochness/guests/<id>/metadata".' }),
    reason: t.exposeString('reason', { description: 'What is wrong with it, in words for people.' }),
  }),
});

builder.queryField('brokenRecords', (t) =>
  t.field({
    type: [BrokenRecordRef],
    extensions: costs({ size: 100 }),
    description: 'Every record that cannot be read, of all kinds, by key. Reads the whole store.',
    resolve: (_root, _args, context) => listBrokenRecords(context),
  }),
);
