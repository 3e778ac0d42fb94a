// PNG files of 8 bits a channel, not interlaced, to RGB bytes.
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };

function paeth(a, b, c) {
  const p = a + b - c, da = Math.abs(p - a), db = Math.abs(p - b), dc = Math.abs(p - c);
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

function unfilter(raw, stride, height, step) {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const kind = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= step ? out[y * stride + x - step] : 0;
      const up = y > 0 ? out[(y - 1) * stride + x] : 0;
      const corner = x >= step && y > 0 ? out[(y - 1) * stride + x - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][kind];
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

/** {width, height, rgb} of a file; throws a sentence about a file that is no such PNG. */
export function readPng(path) {
  const bytes = readFileSync(path);
  if (bytes.length < 33 || bytes.readUInt32BE(0) !== 0x89504e47) throw new Error(`${path} is no PNG file`);
  const width = bytes.readUInt32BE(16), height = bytes.readUInt32BE(20), depth = bytes[24], colour = bytes[25];
  if (depth !== 8 || !(colour in CHANNELS) || bytes[28] !== 0) throw new Error(`${path} has ${depth} bits and colour type ${colour}; 8 bits of grey or RGB, not interlaced, are read`);
  const parts = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at), kind = bytes.toString('latin1', at + 4, at + 8);
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const step = CHANNELS[colour];
  const pixels = unfilter(inflateSync(Buffer.concat(parts)), width * step, height, step);
  if (step === 3) return { width, height, rgb: pixels };
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = pixels[step * i + (step > 2 ? c : 0)];
  return { width, height, rgb };
}
