// Checks exported graphs with ONNX Runtime against what torch computed, and one session alone against a full batch.
//
//   npm install onnxruntime-node --ignore-scripts
//   node tools/parity.mjs PACK PARITY [graph ...]
//
// Ends with code 1 when a value differs by more than 1e-4 (relative to its size above 1) or when a batch changes bits.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [pack, parity, ...only] = process.argv.slice(2);
if (!pack || !parity) {
  console.error("usage: node tools/parity.mjs PACK PARITY [graph ...]");
  process.exit(2);
}
const ort = createRequire(path.join(process.env.NODE_MODULES_PARENT ?? process.cwd(), "package.json"))("onnxruntime-node");
const LIMIT = 1e-4;
const FORBIDDEN = ["RandomNormal", "RandomUniform", "Multinomial", "Bernoulli", "Dropout"];
let failed = false;

function tensors(data, entries, from, to) {
  return Object.fromEntries(
    Object.entries(entries).map(([name, { shape, offset }]) => {
      const row = shape.slice(1).reduce((a, b) => a * b, 1);
      const all = new Float32Array(data.buffer, data.byteOffset + offset, shape[0] * row);
      return [name, new ort.Tensor("float32", all.slice(from * row, to * row), [to - from, ...shape.slice(1)])];
    }),
  );
}

for (const file of fs.readdirSync(parity).filter((f) => f.endsWith(".json"))) {
  const name = path.basename(file, ".json");
  if (only.length && !only.includes(name)) continue;
  const index = JSON.parse(fs.readFileSync(path.join(parity, file)));
  const data = fs.readFileSync(path.join(parity, `${name}.bin`));
  const graph = fs.readFileSync(path.join(pack, `${name}.onnx`));
  const random = FORBIDDEN.filter((op) => graph.includes(op));
  const session = await ort.InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const batch = Object.values(index.inputs)[0].shape[0];
  const whole = await session.run(tensors(data, index.inputs, 0, batch));
  const wanted = tensors(data, index.outputs, 0, batch);
  let worst = 0;
  let changed = 0;
  for (const key of Object.keys(wanted)) {
    wanted[key].data.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - whole[key].data[i]) / Math.max(1, Math.abs(value)));
    });
  }
  const times = [];
  for (let b = 0; b < batch; b++) {
    const feed = tensors(data, index.inputs, b, b + 1);
    for (let k = 0; k < 20; k++) {
      const start = process.hrtime.bigint();
      await session.run(feed);
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    const alone = await session.run(feed);
    for (const key of Object.keys(wanted)) {
      const row = alone[key].data.length;
      alone[key].data.forEach((value, i) => (changed += Object.is(value, whole[key].data[b * row + i]) ? 0 : 1));
    }
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1].toFixed(3);
  console.log(`${name}: worst difference ${worst.toExponential(2)}, ${changed} values differ between batch 1 and ${batch}, ` +
    `${median} ms a block alone${random.length ? `, FORBIDDEN operators ${random}` : ""}`);
  failed ||= !(worst <= LIMIT) || changed > 0 || random.length > 0;
}
process.exit(failed ? 1 : 0);
