import { describe, expect, it } from 'vitest';
import { sourcesOfRelease } from './apt-sources.ts';

const debian = `Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://other.example/debian
Suites: bookworm
Components: main
`;

describe('the sources of another Debian release', () => {
  it('are the own mirrors, without updates, security and what is switched off', () => {
    expect(sourcesOfRelease([{ style: 'deb822', text: debian }], 'trixie', 'bookworm')).toEqual([
      'types: deb\nuris: http://mirror.example/debian\nsuites: trixie\ncomponents: main\n' +
        'signed-by: /usr/share/keyrings/debian-archive-keyring.gpg\n',
    ]);
  });

  it('keep a key that is written into its stanza', () => {
    const text = 'Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nSigned-By:\n -----BEGIN\n .\n abc\n';
    const [stanza] = sourcesOfRelease([{ style: 'deb822', text }], 'bookworm', 'trixie');
    expect(stanza).toContain('suites: bookworm\n');
    expect(stanza).toContain('signed-by: \n -----BEGIN\n .\n abc\n');
  });

  it('come from lines, too, with their options', () => {
    const text = [
      '# deb http://never.example/debian bookworm main',
      'deb [arch=amd64,arm64 signed-by=/a/key.gpg] http://mirror.example/debian stable main contrib # a comment',
      'deb-src http://mirror.example/debian stable main',
      'deb https://packages.example/node nodistro main',
    ].join('\n');
    expect(sourcesOfRelease([{ style: 'list', text }], 'trixie', 'bookworm')).toEqual([
      'types: deb\nuris: http://mirror.example/debian\nsuites: trixie\ncomponents: main\narchitectures: amd64 arm64\nsigned-by: /a/key.gpg\n',
    ]);
  });

  it('are none where no mirror is of Debian', () => {
    const text = 'deb http://archive.example/ubuntu noble main universe';
    expect(sourcesOfRelease([{ style: 'list', text }], 'trixie', 'noble-like')).toEqual([]);
  });
});
