"""Compares exported graphs in ONNX Runtime with torch, and batch 1 with batch 8 bit for bit; times every graph.

    python -m avatarpack.visual.parity --runs DIR --base base.npz --data DIR --graphs PACK_DIR --node DIR

DIR of --node holds node_modules/onnxruntime-node (npm install onnxruntime-node --ignore-scripts).
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from ..requirements import MissingRequirement, require_programs
from . import export, stream

SCRIPT = Path(__file__).with_name("parity.mjs")


def dump(folder, name, tensors):
    """Raw little-endian files and their types and shapes."""
    out = []
    for key, value in tensors:
        value = np.ascontiguousarray(value.numpy())
        (folder / f"{name}.{key}.bin").write_bytes(value.tobytes())
        out.append({"name": key, "type": str(value.dtype), "shape": list(value.shape)})
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("runs", "base", "data", "graphs", "node"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    require_programs("node")
    if not (options.node / "node_modules" / "onnxruntime-node").is_dir():
        raise MissingRequirement(f'no onnxruntime-node in "{options.node}"; run "npm install onnxruntime-node --ignore-scripts" there')
    torch.set_num_threads(1)
    renderer, diffusion = stream.load(options.runs, options.base)
    graphs = export.build(renderer, diffusion, export.average_reference(options.data, options.runs))
    with tempfile.TemporaryDirectory() as scratch:
        folder, plan = Path(scratch), {}
        for name, inputs in export.examples(options.batch, seed=3).items():
            with torch.no_grad():
                outputs = graphs[name].eval()(*[v for _, v in inputs])
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            plan[name] = {
                "inputs": dump(folder, name, inputs),
                "outputs": dump(folder, name, list(zip(export.OUTPUTS[name], outputs))),
            }
        (folder / "plan.json").write_text(json.dumps(plan))
        command = ["node", str(SCRIPT), str(folder), str(options.graphs.resolve()), str(options.node.resolve())]
        raise SystemExit(subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False).returncode)


if __name__ == "__main__":
    main()
