"""Stores the weights of a pack's graphs in half precision; they are computed with in single precision as before.

    python -m avatarpack.halve PACK

A graph's file shrinks to half, its output moves by a thousandth, its speed stays: ONNX Runtime undoes the casts when it loads
the graph. Run on a graph that is stored so already, it changes nothing.
"""

import argparse
from pathlib import Path

from .requirements import MissingRequirement

WEIGHTED = ("Conv", "Gemm", "MatMul")  # whose weights are halved; sampling grids and tables need all their bits


def halve(path):
    """Rewrites one graph; returns how many weights were halved."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise MissingRequirement('Python package "onnx" is not installed; install it with "pip install onnx"') from error
    model = onnx.load(path)
    casts, wide = [], {node.input[1] for node in model.graph.node if node.op_type in WEIGHTED}
    for weight in model.graph.initializer:
        name = weight.name
        if weight.data_type == onnx.TensorProto.FLOAT and name in wide:
            weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype("float16"), name + ".half"))
            casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    scratch = Path(f"{path}.part")
    onnx.save(model, scratch)
    scratch.replace(path)
    return len(casts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    options = parser.parse_args()
    graphs = sorted(options.pack.glob("*.onnx"))
    if not graphs:
        raise MissingRequirement(f'folder "{options.pack}" has no graphs; export some with "python -m avatarpack.visual.export"')
    for path in graphs:
        count = halve(path)
        print(f"{path.name}  {count} weights halved, {path.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
