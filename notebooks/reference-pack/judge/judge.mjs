// The outside judge: what an independent face library sees in folders of PNG frames.
//
//   node judge.mjs --out OUT.json [--every N] [--stride N] FOLDER...
//
// Writes {folder: [frame...]}; a frame has file, score (of the detector), box, landmarks (68 pairs), aperture (inner lips apart over
// the distance of the eyes), eyes (boxes and the contrast in them), and every Nth frame a descriptor of the identity.
// A frame without a face has score 0 and nothing else. --stride N looks at every Nth frame only.
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPng } from './png.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const modules = (process.env.AVATARPACK_JUDGE_MODULES || join(here, 'node_modules'));
const load = createRequire(join(modules, '..', 'judge.cjs'));

async function prepare() {
  const api = load('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const wasm = load('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(join(modules, '@tensorflow/tfjs-backend-wasm/dist/'));
  wasm.setThreadsCount(1);
  await api.tf.setBackend('wasm');
  await api.tf.ready();
  const weights = join(modules, '@vladmandic/face-api/model');
  for (const net of ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet']) await api.nets[net].loadFromDisk(weights);
  return api;
}

/** Standard deviation of the luminance inside a box. */
function contrast(picture, box) {
  let n = 0, sum = 0, square = 0;
  for (let y = Math.max(0, Math.round(box.y)); y < Math.min(picture.height, Math.round(box.y + box.height)); y++)
    for (let x = Math.max(0, Math.round(box.x)); x < Math.min(picture.width, Math.round(box.x + box.width)); x++) {
      const i = 3 * (y * picture.width + x);
      const v = 0.299 * picture.rgb[i] + 0.587 * picture.rgb[i + 1] + 0.114 * picture.rgb[i + 2];
      n++, (sum += v), (square += v * v);
    }
  return n ? Math.sqrt(Math.max(0, square / n - (sum / n) ** 2)) : 0;
}

function middle(points) {
  return points.reduce((a, p) => [a[0] + p[0] / points.length, a[1] + p[1] / points.length], [0, 0]);
}

/** Boxes of both eyes from the corners alone: the library's lid points do not follow the lids. */
function eyeBoxes(points) {
  return [36, 42].map((first) => {
    const [a, b] = [points[first], points[first + 3]];
    const width = 1.1 * Math.hypot(b[0] - a[0], b[1] - a[1]), height = 0.55 * width;
    return { x: (a[0] + b[0]) / 2 - width / 2, y: (a[1] + b[1]) / 2 - height / 2, width, height };
  });
}

/** Part of a picture as a tensor; outside of it the border repeats. */
function crop(tf, picture, box) {
  const side = Math.max(1, Math.round(box.side)), out = new Int32Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const sy = Math.min(picture.height - 1, Math.max(0, Math.round(box.y) + y));
    for (let x = 0; x < side; x++) {
      const sx = Math.min(picture.width - 1, Math.max(0, Math.round(box.x) + x));
      for (let c = 0; c < 3; c++) out[3 * (y * side + x) + c] = picture.rgb[3 * (sy * picture.width + sx) + c];
    }
  }
  return tf.tensor3d(out, [side, side, 3], 'int32');
}

async function landmarks(api, picture, box) {
  const part = crop(api.tf, picture, box);
  const found = await api.nets.faceLandmark68Net.detectLandmarks(part);
  part.dispose();
  return found.positions.map((p) => [p.x + Math.round(box.x), p.y + Math.round(box.y)]);
}

/** Square box around the face that the landmarks show: as the detector would give it, but without its jitter. */
function boxAround(points) {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const left = Math.min(...xs), top = Math.min(...ys), side = 1.1 * Math.max(Math.max(...xs) - left, Math.max(...ys) - top);
  return { x: (left + Math.max(...xs)) / 2 - side / 2, y: (top + Math.max(...ys)) / 2 - side / 2, side };
}

async function detect(api, picture) {
  const whole = crop(api.tf, picture, { x: 0, y: 0, side: Math.max(picture.width, picture.height) });
  const faces = await api.nets.ssdMobilenetv1.locateFaces(whole, new api.SsdMobilenetv1Options({ minConfidence: 0.3 }));
  whole.dispose();
  return faces.sort((a, b) => b.score - a.score)[0];
}

async function descriptor(api, picture, points) {
  const box = boxAround(points);
  const part = crop(api.tf, picture, { x: box.x - box.side * 0.1, y: box.y - box.side * 0.2, side: box.side * 1.2 });
  const found = await api.nets.faceRecognitionNet.computeFaceDescriptor(part);
  part.dispose();
  return [...found];
}

function rounded(value, digits = 3) {
  return Array.isArray(value) ? value.map((v) => rounded(v, digits)) : Number(value.toFixed(digits));
}

async function judge(api, folder, every, stride) {
  const files = readdirSync(folder).filter((f) => f.endsWith('.png')).sort();
  const out = [];
  let score = 0, box = null;
  for (let k = 0; k < files.length; k += stride) {
    const picture = readPng(join(folder, files[k]));
    const full = (k / stride) % every === 0;
    if (full || box === null) {
      const face = await detect(api, picture);
      score = face ? face.score : 0;
      // The detector's box starts a track; after that the landmarks of the frame before say where to look.
      box = face ? { x: face.box.x + face.box.width / 2 - face.box.height / 2, y: face.box.y, side: face.box.height } : null;
      if (box) for (let i = 0; i < 3; i++) box = boxAround(await landmarks(api, picture, box));
    }
    if (box === null) {
      out.push({ file: files[k], score: 0 });
      continue;
    }
    const points = await landmarks(api, picture, box);
    const [left, right] = [middle(points.slice(36, 42)), middle(points.slice(42, 48))];
    const apart = Math.hypot(right[0] - left[0], right[1] - left[1]);
    const inner = [61, 62, 63].map((i, n) => Math.hypot(points[i][0] - points[67 - n][0], points[i][1] - points[67 - n][1]));
    const frame = {
      file: files[k],
      score: rounded(score),
      box: rounded([box.x, box.y, box.side], 1),
      landmarks: rounded(points, 2),
      aperture: rounded(inner.reduce((a, b) => a + b) / 3 / apart, 5),
      eyes: eyeBoxes(points).map((b) => ({ box: rounded([b.x, b.y, b.width, b.height], 1), contrast: rounded(contrast(picture, b)) })),
    };
    if (full) frame.descriptor = rounded(await descriptor(api, picture, points), 5);
    out.push(frame);
    const next = boxAround(points);
    box = { x: 0.7 * box.x + 0.3 * next.x, y: 0.7 * box.y + 0.3 * next.y, side: 0.9 * box.side + 0.1 * next.side };
  }
  return out;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' }, every: { type: 'string', default: '25' }, stride: { type: 'string', default: '1' } } });
if (!values.out || positionals.length === 0) {
  console.error('usage: node judge.mjs --out OUT.json [--every N] [--stride N] FOLDER...');
  process.exit(2);
}
const api = await prepare();
const seen = {};
for (const folder of positionals) seen[folder] = await judge(api, folder, Number(values.every), Number(values.stride));
writeFileSync(values.out, JSON.stringify(seen));
