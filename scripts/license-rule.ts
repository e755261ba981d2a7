/** Licences that ask for no more than to be named: what has one of them may be shipped. */
export const permissiveLicenses: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
]);

/** Of packages that are never shipped: changes of their own files would have to be published, and there are none. */
export const developmentLicenses: ReadonlySet<string> = new Set([...permissiveLicenses, 'MPL-2.0']);

/** Packages with an install script, and why they do without it: nobody has to let code of theirs run to install the gateway. */
export const needlessInstallScripts: ReadonlyMap<string, string> = new Map([
  ['lmdb', 'it compiles lmdb where no @lmdb/lmdb-<platform> fits, which holds it compiled'],
  ['msgpackr-extract', 'it compiles what makes msgpackr faster, which does without'],
  ['protobufjs', 'it warns of how its version is written in a package.json'],
  ['@apollo/protobufjs', 'it warns of how its version is written in a package.json'],
]);
