// Small files that are what their names say, made here so that nothing binary lies in the repository. What only a program
// writes as it does is taken from where the server's tests keep it.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { NewFile } from './desk';

export const MEGABYTE = 1024 * 1024;

/** One page with a line of text. */
export function pdf(name = 'invoice.pdf', text = 'Invoice 4711'): NewFile {
  const stream = `BT /F1 24 Tf 72 700 Td (${text}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const place = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const start = body.length;
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`;
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { name, mimeType: 'application/pdf', buffer: Buffer.from(body, 'latin1') };
}

/** With a byte order mark in front, as editors of text leave it. */
export function markedPdf(name = 'marked.pdf'): NewFile {
  const plain = pdf(name);
  return { ...plain, buffer: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain.buffer]) };
}

/** In MacBinary, as old Macs send files: a head of 128 bytes with name, kind and length, and the file in whole blocks of 128. */
export function macPdf(name = 'scan-from-a-mac.pdf'): NewFile {
  const plain = pdf(name);
  const head = Buffer.alloc(128);
  head.writeUInt8(name.length, 1);
  head.write(name, 2, 'latin1');
  head.write('PDF CARO', 65, 'latin1');
  head.writeUInt32BE(plain.buffer.length, 83);
  // Seconds since 1904, made and changed.
  head.writeUInt32BE(3_600_000_000, 91);
  head.writeUInt32BE(3_600_000_000, 95);
  head.writeUInt8(129, 122);
  head.writeUInt8(129, 123);
  head.writeUInt16BE(crc16(head.subarray(0, 124)), 124);
  const rest = Buffer.alloc((128 - (plain.buffer.length % 128)) % 128);
  return { ...plain, buffer: Buffer.concat([head, plain.buffer, rest]) };
}

function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

/** A test print: bars of colour, with white stripes where the printer failed. */
export function png(name = 'stripes.png', width = 480, height = 320): NewFile {
  const picture = new PNG({ width, height });
  const colours = [[37, 99, 235], [5, 150, 105], [217, 119, 6], [220, 38, 38], [124, 58, 237], [30, 41, 59]];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const failed = y % 40 > 33 && (x * 7 + y) % 97 > 20;
      const [r, g, b] = failed ? [255, 255, 255] : colours[Math.floor((x / width) * colours.length)];
      picture.data.set([r, g, b, 255], (y * width + x) * 4);
    }
  }
  return { name, mimeType: 'image/png', buffer: PNG.sync.write(picture) };
}

/** A picture of at least so many bytes: what follows the end of a PNG is ignored by whoever shows it. */
export function largePng(name: string, bytes: number): NewFile {
  const small = png(name, 64, 64);
  return { ...small, buffer: Buffer.concat([small.buffer, Buffer.alloc(Math.max(0, bytes - small.buffer.length), 7)]) };
}

/** A white picture of very many pixels in very few bytes: one bit each. */
export function hugePng(name = 'plan.png', side = 10_000): NewFile {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.writeUInt8(1, 8);
  const rows = Buffer.alloc(side * (Math.ceil(side / 8) + 1));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return { name, mimeType: 'image/png', buffer: Buffer.concat([signature, ...chunks]) };
}

/** The start of a picture as phones take them. */
export function heic(name = 'IMG_2041.HEIC'): NewFile {
  return { name, mimeType: 'image/heic', buffer: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic and so on', 'latin1') };
}

/** A green square. */
export function jpg(name = 'photo.jpg'): NewFile {
  const bytes =
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI//////////////////////////////////////////' +
    '//////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////////////////////////wAARCAAI' +
    'AAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAgP/xA' +
    'AUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCgCi//2Q==';
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(bytes, 'base64') };
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** A ZIP archive whose entries are stored as they are. */
export function zip(entries: Record<string, string>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(entries)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(data.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name, data]);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, end, name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const tail = Buffer.alloc(22);
  tail.write('PK\x05\x06', 0, 'latin1');
  tail.writeUInt16LE(directory.length, 8);
  tail.writeUInt16LE(directory.length, 10);
  tail.writeUInt32LE(central.length, 12);
  tail.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, tail]);
}

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** A Word document with a line of text. */
export function docx(name = 'steps.docx', text = 'What I tried', part = 'word/document.xml'): NewFile {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  const office = 'http://schemas.openxmlformats.org';
  const main = `${DOCX}.main+xml`;
  const buffer = zip({
    '[Content_Types].xml':
      `${head}<Types xmlns="${office}/package/2006/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/${part}" ContentType="${main}"/></Types>`,
    '_rels/.rels':
      `${head}<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="rId1" ` +
      `Type="${office}/officeDocument/2006/relationships/officeDocument" Target="/${part}"/></Relationships>`,
    [part]:
      `${head}<w:document xmlns:w="${office}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p>` +
      '</w:body></w:document>',
  });
  return { name, mimeType: DOCX, buffer };
}

/** As Word for the web writes it: the main part is another one than usual, and `_rels/.rels` names it. */
export const webDocx = (name = 'from-the-web.docx'): NewFile => docx(name, 'Written in a browser', 'word/document2.xml');

/** A document that LibreOffice wrote. */
export function libreOffice(name = 'letter.docx'): NewFile {
  const sample = resolve(__dirname, '../../crates/desk/src/rooms/intake/docx/libreoffice.docx');
  return { name, mimeType: DOCX, buffer: readFileSync(sample) };
}

/** Files as their programs write them, other than a plain one is. */
export const asWritten = (): NewFile[] => [libreOffice(), webDocx(), macPdf(), markedPdf()];

/** A ZIP archive that only calls itself a Word document; its first bytes do not tell. */
export function brokenDocx(name = 'broken.docx'): NewFile {
  return { name, mimeType: DOCX, buffer: zip({ 'readme.txt': 'no document' }) };
}

/** The start of a Windows program. */
export function exe(name = 'setup.exe'): NewFile {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from('MZ\x90\x00\x03\x00\x00\x00 and so on', 'latin1') };
}
