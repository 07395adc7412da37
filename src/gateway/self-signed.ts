/**
 * A certificate made on the spot, which is its own authority: a client that is given it as CA file
 * talks to this gateway and to no other. Its key lives as long as the process.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';

export interface CertifiedKey {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** Tags of DER. */
const DER = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  object: 0x06,
  utf8: 0x0c,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const OBJECTS = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
} as const;

const SERIAL_BYTES = 16;
const VALID_MS = 365 * 24 * 3600 * 1000;
const CLOCK_SKEW_MS = 3600 * 1000;
const LONG_FORM = 0x80;
const PEM_LINE = /.{1,64}/g;

/** For these host names and addresses. */
export function selfSigned(hosts: readonly string[], nowMs = Date.now()): CertifiedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(object(OBJECTS.ecdsaWithSha256));
  const name = sequence(
    der(
      DER.set,
      sequence(object(OBJECTS.commonName), der(DER.utf8, Buffer.from('channel-ledger gateway'))),
    ),
  );
  const serial = randomBytes(SERIAL_BYTES);
  // Positive, and not zero at its beginning: the shortest form is the only one allowed.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const body = sequence(
    der(DER.version, der(DER.integer, Buffer.from([2]))),
    der(DER.integer, serial),
    algorithm,
    name,
    sequence(time(nowMs - CLOCK_SKEW_MS), time(nowMs + VALID_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(DER.extensions, sequence(authority(), alternativeNames(hosts))),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(
    body,
    algorithm,
    der(DER.bits, Buffer.concat([Buffer.from([0]), signature])),
  );
  return {
    certificate: pem(certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function authority(): Buffer {
  const yes = der(DER.boolean, Buffer.from([0xff]));
  return sequence(object(OBJECTS.basicConstraints), yes, der(DER.octets, sequence(yes)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? der(DER.dnsName, Buffer.from(host)) : der(DER.ipAddress, addressBytes(host)),
  );
  return sequence(object(OBJECTS.subjectAltName), der(DER.octets, sequence(...names)));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [before = '', after] = address.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = 8 - groups(before).length - groups(after).length;
  const all = [...groups(before), ...new Array<string>(missing).fill('0'), ...groups(after)];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(DER.sequence, Buffer.concat(parts));
}

function object(hex: string): Buffer {
  return der(DER.object, Buffer.from(hex, 'hex'));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(0, 14);
  return der(DER.time, Buffer.from(`${digits}Z`));
}

function der(tag: number, content: Buffer): Buffer {
  if (content.length < LONG_FORM) {
    return Buffer.concat([Buffer.from([tag, content.length]), content]);
  }
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, LONG_FORM | length.length]), length, content]);
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(PEM_LINE) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
