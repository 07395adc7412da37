import { suite } from 'uvu';
import { is } from 'uvu/assert';
import { crc32c } from '../../../src/sources/gossip/crc32c.ts';

const checksum = suite('CRC-32C');
const rising = Uint8Array.from({ length: 32 }, (_, index) => index);

checksum('is that of RFC 3720, appendix B.4', () => {
  is(crc32c(0, new Uint8Array(32)), 0x8a9136aa);
  is(crc32c(0, new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  is(crc32c(0, rising), 0x46dd794e);
  is(crc32c(0, rising.toReversed()), 0x113fdb5c);
});

checksum('has the check value that its catalogues give', () => {
  is(crc32c(0, Buffer.from('123456789')), 0xe3069283);
});

checksum('goes on from any place', () => {
  const text = Buffer.from('123456789');
  for (let cut = 0; cut <= text.length; cut++) {
    is(crc32c(crc32c(0, text.subarray(0, cut)), text.subarray(cut)), 0xe3069283);
  }
});

checksum.run();
