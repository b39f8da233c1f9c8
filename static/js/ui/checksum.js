// CRC-32, as zlib and PNG have it. It guards a piece of an upload against faults on the way; the digests that browsers
// bring are there on https pages only, and a hall's own network often has none.

const TABLES = tables();

export function crc32(bytes) {
  const [one, two, three, four] = TABLES;
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc = four[crc & 255] ^ three[(crc >>> 8) & 255] ^ two[(crc >>> 16) & 255] ^ one[crc >>> 24];
  }
  for (; at < bytes.length; at += 1) crc = one[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

// Four bytes at a time need four tables.
function tables() {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  const made = [first];
  for (let number = 1; number < 4; number += 1) {
    const before = made[number - 1];
    made.push(before.map((crc) => first[crc & 255] ^ (crc >>> 8)));
  }
  return made;
}
