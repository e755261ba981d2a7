import { describe, expect, it } from 'vitest';
import { explainImportError, foreignKeysMessage, importSummary } from '../../src/commands/import-text.ts';
import { readImportConfig } from '../../src/config/index.ts';
import { messageOf } from '../../src/errors.ts';
import { OutcomeUnknownError } from '../../src/store/store.ts';
import { ImportStoppedError, InvalidFileError, PrefixNotEmptyError } from '../../src/store/transfer/index.ts';

const config = readImportConfig({ flags: {}, environment: {} });
const progress = { written: 0, inDoubt: 0, leased: 0, isDeleting: false, revision: 7 };

function explained(error: unknown, lineCount = 1000): string {
  return messageOf(explainImportError(error, { config, lineCount }));
}

describe('what an import says', () => {
  it('at its end: how much was written, at which revision, under which lease', () => {
    expect(importSummary({ ...progress, written: 1, leftovers: null }, config)).toBe('wrote 1 key at revision 7');
    const leftovers = { deleted: 12, revision: 9, foreign: null };
    expect(importSummary({ ...progress, written: 91, leased: 3, revision: 9, leftovers }, config)).toBe(
      'wrote 91 keys at revision 9, 3 of them under a lease of 120 s; deleted 12 keys that the file does not name',
    );
  });

  it('when others wrote meanwhile: what is there beside the file', () => {
    expect(foreignKeysMessage({ count: 2, example: 'lochness/a' })).toBe(
      'The prefix does not hold exactly the file: 2 keys were written by others during the import and left alone, such as ' +
        '"lochness/a". Stop them and import again',
    );
  });

  it('of a broken file: the first problems, how many more, and that nothing was written', () => {
    expect(explained(new InvalidFileError(['line 3: it is empty', 'line 5: it is empty'], 30))).toBe(
      "30 lines of the file can't be imported. Nothing was written.\n  line 3: it is empty\n  line 5: it is empty\n  and 28 more",
    );
    expect(explained(new InvalidFileError(['line 3: it is empty'], 1))).toBe(
      "A line of the file can't be imported. Nothing was written.\n  line 3: it is empty",
    );
  });

  it('of a prefix that holds keys: which flags to choose from', () => {
    expect(explained(new PrefixNotEmptyError('lochness/', 'lochness/a'))).toBe(
      'The prefix "lochness/" holds keys already, such as "lochness/a". Give --merge to write over them, or --replace to make the ' +
        'prefix hold exactly the file. Nothing was written.',
    );
  });

  it('when it stops: which lines are written, in doubt, and not written', () => {
    const doubtful = new ImportStoppedError(
      { ...progress, written: 300, inDoubt: 100, leased: 2 },
      new OutcomeUnknownError('cut off'),
    );
    expect(explained(doubtful).split('\n  ')).toEqual([
      'The import stopped: cut off.',
      'Written: lines 1 to 300, the last at revision 7.',
      'In doubt: lines 301 to 400. The connection broke while they were committed: they may be written, or still come.',
      'Not written: lines 401 to 1000.',
      '2 keys of the written ones are under a lease, and vanish within 120 s.',
    ]);
  });

  it('when it stops before, behind or just before the end of the file', () => {
    expect(explained(new ImportStoppedError(progress, new Error('no room')), 1)).toBe(
      'The import stopped: no room.\n  No line is known to be written.\n  Not written: line 1.',
    );
    expect(explained(new ImportStoppedError({ ...progress, written: 1000, isDeleting: true }, new Error('no room')))).toBe(
      'The import stopped: no room.\n  Written: lines 1 to 1000, the last at revision 7.\n' +
        '  Some of the keys that the file does not name are not deleted yet.',
    );
  });

  it('of any other failure: that nothing was written', () => {
    expect(explained(new Error('etcd did not answer'))).toBe('etcd did not answer. Nothing was written.');
  });
});
