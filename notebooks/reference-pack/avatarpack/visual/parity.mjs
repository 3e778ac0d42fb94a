// Runs each graph on the dumped inputs: difference to torch, batch 1 against the whole batch, milliseconds.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, graphs, node] = process.argv.slice(2);
const ort = createRequire(join(node, "package.json"))("onnxruntime-node");
const arrays = { float32: Float32Array, uint8: Uint8Array, float16: Uint16Array };
const plan = JSON.parse(readFileSync(join(folder, "plan.json")));
let failed = false;

function half(h) {
  const e = (h >> 10) & 31, f = h & 1023, s = h & 32768 ? -1 : 1;
  return e === 0 ? s * f * 2 ** -24 : s * (1 + f / 1024) * 2 ** (e - 15);
}

function read(graph, { name, type, shape }) {
  const bytes = readFileSync(join(folder, `${graph}.${name}.bin`));
  return { name, type, shape, data: new arrays[type](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
}

function tensor({ type, shape, data }, item) {
  if (item === undefined) return new ort.Tensor(type, data, shape);
  const size = data.length / shape[0];
  return new ort.Tensor(type, data.slice(item * size, (item + 1) * size), [1, ...shape.slice(1)]);
}

for (const [graph, { inputs, outputs }] of Object.entries(plan)) {
  const session = await ort.InferenceSession.create(join(graphs, `${graph}.onnx`), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const given = inputs.map((i) => read(graph, i));
  const all = await session.run(Object.fromEntries(given.map((g) => [g.name, tensor(g)])));
  const one = Object.fromEntries(given.map((g) => [g.name, tensor(g, 1)]));
  const single = await session.run(one);
  let torch = 0, bits = 0;
  for (const o of outputs) {
    const want = read(graph, o), got = all[o.name].data, alone = single[o.name].data, size = got.length / o.shape[0];
    if (JSON.stringify(all[o.name].dims) !== JSON.stringify(o.shape)) throw new Error(`${graph}.${o.name}: shape ${all[o.name].dims}, torch has ${o.shape}`);
    const value = o.type === "float16" ? half : (x) => x;
    for (let i = 0; i < got.length; i++) torch = Math.max(torch, Math.abs(value(got[i]) - value(want.data[i])));
    for (let i = 0; i < size; i++) if (alone[i] !== got[size + i]) bits++;
  }
  const times = [];
  for (let i = 0; i < 20; i++) {
    const start = process.cpuUsage();
    await session.run(one);
    const used = process.cpuUsage(start);
    times.push((used.user + used.system) / 1000);
  }
  times.sort((a, b) => a - b);
  const limit = outputs[0].type === "uint8" ? 1 : 2e-3;
  if (torch > limit || bits > 0) failed = true;
  console.log(`${graph}: torch ${torch.toExponential(1)}, values that differ at batch 1: ${bits}, ${times[0].toFixed(2)} ms minimum, ${times[10].toFixed(2)} ms median (processor time, batch 1)`);
}
process.exit(failed ? 1 : 0);
