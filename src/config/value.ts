import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

// Every option arrives as text, from a flag or from the environment. Each schema here turns one text into a value, and its
// messages go on after the option's name: `--port: "99999" is no whole number from 0 to 65535`. What several options have is made
// for each of them: an option's text is kept by its schema.

/** A text that is no such value; each message says what is wrong with it. */
export class Refusal extends Error {
  readonly messages: readonly string[];
  constructor(...messages: string[]) {
    super(messages.join('; '));
    this.messages = messages;
  }
}

export function valueFrom<Value>(parse: (text: string) => Value) {
  return z.string().transform((text, context): Value => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const message of error.messages) context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}

export function wholeNumber({ from, to }: { readonly from: number; readonly to: number }) {
  return valueFrom((text) => {
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && number >= from && number <= to) return number;
    throw new Refusal(`${quote(text)} is no whole number from ${from} to ${to}`);
  });
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]) {
  return valueFrom((text): Choice => {
    const choice = choices.find((known) => known === text);
    if (choice === undefined) throw new Refusal(`${quote(text)} is none of ${choices.join(', ')}`);
    return choice;
  });
}

/** A flag is there or not; the environment says it in words. */
export const yesOrNo = valueFrom((text) => {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  if (noWords.includes(word)) return false;
  throw new Refusal(`${quote(text)} is neither true nor false`);
});

export const noWords: readonly string[] = ['false', 'no', 'off', '0'];

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** A name of this machine, or an address of it. */
export function host() {
  return valueFrom((text) => {
    if (isHost(text)) return text;
    throw new Refusal(`${quote(text)} is no address and no name of a host`);
  });
}

export function isHost(text: string): boolean {
  return isIP(text) !== 0 || hostName.test(text);
}

const hostName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** As they stand in a Host header, without a port. */
export const hostNames = valueFrom((text): readonly string[] =>
  eachOf(splitList(withoutLogin(text, 'a name of a host has no "@" in it')), (part) => {
    if (hostName.test(part)) return part.toLowerCase();
    throw new Refusal(`${quote(part)} is no name of a host such as gateway.example.com`);
  }),
);

export function text() {
  return valueFrom((given) => {
    // It comes of a variable of a shell that is not set, and would fit nothing.
    if (given !== '') return given;
    throw new Refusal('needs a text');
  });
}

export function webAddress({ example }: { readonly example: string }) {
  return valueFrom((given) => {
    const url = parseUrl(withoutLogin(given, 'an address here has no name and no password in it ("@" in a path is written %40)'));
    if (url === null || !/^https?:$/.test(url.protocol)) throw new Refusal(`${quote(given)} is no address such as ${example}`);
    return url.href;
  });
}

/** `http://h1:2379,http://h2:2379`. */
export const endpoints = valueFrom((text): readonly string[] => {
  const message = 'an address holds a name or password: give them as --etcd-user and --etcd-password-file';
  const urls = eachOf(splitList(withoutLogin(text, message)), endpointOf);
  if (urls.length === 0) throw new Refusal('needs at least one address, such as http://127.0.0.1:2379');
  if (new Set(urls.map((url) => url.slice(0, url.indexOf(':')))).size > 1) {
    throw new Refusal('mixes http:// and https:// addresses');
  }
  return urls;
});

function endpointOf(text: string): string {
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new Refusal(`${quote(text)} is no address such as http://127.0.0.1:2379`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new Refusal(`${quote(text)} has more than a scheme, a host and a port`);
  }
  return `${url.protocol}//${url.hostname}:${url.port === '' ? impliedPort(url, text) : url.port}`;
}

/** URL drops a scheme's own port (80, 443) even where it was written; etcd's default is another one. */
function impliedPort(url: URL, text: string): string {
  if (!/:[0-9]+\/?$/.test(text)) return '2379';
  return url.protocol === 'https:' ? '443' : '80';
}

export const origins = valueFrom((text): readonly string[] =>
  eachOf(splitList(withoutLogin(text, 'an origin has no name and no password in it')), (part) => {
    const url = parseUrl(part);
    if (url !== null && /^https?:$/.test(url.protocol) && url.origin === part.replace(/\/$/, '')) return url.origin;
    throw new Refusal(`${quote(part)} is no origin such as https://dashboard.example.com`);
  }),
);

export const keyPrefix = valueFrom((text) => {
  // The trailing "/" matters: "lochness" is also a prefix of "lochness-staging/".
  if (text.endsWith('/')) return text;
  throw new Refusal(`${quote(text)} does not end with "/"`);
});

export const folderPath = valueFrom((text) => {
  // It would be the folder in which the program was started.
  if (text !== '') return resolve(text);
  throw new Refusal('needs the path of a folder');
});

export const userName = valueFrom((text) => {
  if (text === '') throw new Refusal('needs a name');
  if (!text.includes(':')) return text;
  throw new Refusal('a user name has no ":" in it; the password goes into --etcd-password-file');
});

/** A password is given only as a file, so that it shows up in no process list. */
export const passwordFile = valueFrom((path) => {
  const password = readText(path).replace(/\r?\n$/, '');
  if (password === '') throw new Refusal(`${quotePath(path)} is empty`);
  if (/[\r\n]/.test(password)) throw new Refusal(`${quotePath(path)} has more than one line`);
  return password;
});

type PemLabel = 'CERTIFICATE' | 'PRIVATE KEY';

export function pemFile(label: PemLabel) {
  return valueFrom((path) => readPem(path, label));
}

/** Of a file that is read again whenever it changes: where it is, when it holds such a block now. */
export function pemPath(label: PemLabel) {
  return valueFrom((path) => {
    readPem(path, label);
    return resolve(path);
  });
}

function readPem(path: string, label: PemLabel): string {
  const pem = readText(path);
  if (new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(pem)) return pem;
  throw new Refusal(`${quotePath(path)} holds no PEM block ${label}`);
}

/** With its path: what is wrong with the keys in it is known only to who reads them. */
export const keyFile = valueFrom((path) => {
  const text = readText(path);
  if (text.trim() === '') throw new Refusal(`${quotePath(path)} is empty`);
  return { path, text };
});

function readText(path: string): string {
  if (path === '') throw new Refusal('needs the path of a file');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new Refusal(`can't read ${quotePath(path)}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}

/** Parses all, so that all that are wrong are named together. */
export function eachOf<Value>(parts: readonly string[], parse: (part: string) => Value): Value[] {
  const messages: string[] = [];
  const values: Value[] = [];
  for (const part of parts) {
    try {
      values.push(parse(part));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      messages.push(...error.messages);
    }
  }
  if (messages.length > 0) throw new Refusal(...messages);
  return values;
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Refuses addresses that may hold a name and a password: they would show up in process lists. A password may have "/", "#", "?" or ","
 * in it, at which an address or a list ends, so all of a text with "@" is refused, and no part of it repeated.
 */
function withoutLogin(text: string, message: string): string {
  if (!text.includes('@')) return text;
  throw new Refusal(message);
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** An address with a password in it may have been given to the wrong option. */
function quote(text: string): string {
  return text.includes('@') ? 'a text with "@" in it' : JSON.stringify(text);
}

function quotePath(path: string): string {
  return JSON.stringify(path);
}
