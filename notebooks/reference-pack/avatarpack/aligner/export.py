"""Writes aligner.onnx, and the section of pack.yaml that goes with it.

    python -m avatarpack.aligner.export --heads HEADS --runs DIR --out PACK
"""

import argparse
from pathlib import Path

import torch

from ..visual.export import OPSET, _accept_missing_onnx
from ..visual.training import load_averaged
from ..requirements import MissingRequirement
from .compose import Heads
from .net import CELLS, SIZE, Aligner, AlignerGraph

LARGEST = 1.5e6
OUTPUTS = ("score", "points", "angles")
SECTION = """aligner:                                          # finds the face of a portrait; points of the crop: eyes, nose, mouth
  graph: aligner
  points: {points}
  minScore: {score}
  maxYawDegrees: {yaw}
  minCropPixels: {crop}
"""
GRAPH = f"""  aligner:
    file: aligner.onnx
    inputs:
      picture: {{type: uint8, shape: [batch, {SIZE}, {SIZE}, 3]}}
    outputs:
      score: {{type: float32, shape: [batch, {CELLS}, {CELLS}]}}
      points: {{type: float32, shape: [batch, {CELLS}, {CELLS}, 10]}}
      angles: {{type: float32, shape: [batch, {CELLS}, {CELLS}, 2]}}
"""


def write(aligner, path):
    """Writes the graph, opset 17, free batch axis."""
    _accept_missing_onnx()
    example = torch.zeros(2, SIZE, SIZE, 3, dtype=torch.uint8)
    scratch = path.with_suffix(".part")
    torch.onnx.export(
        AlignerGraph(aligner).eval(),
        (example,),
        str(scratch),
        input_names=["picture"],
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "batch"} for name in ("picture", *OUTPUTS)},
        opset_version=OPSET,
        dynamo=False,
    )
    if scratch.stat().st_size > LARGEST:
        raise MissingRequirement(f"the aligner has {scratch.stat().st_size} bytes, {LARGEST:.0f} are allowed; make the network narrower")
    scratch.replace(path)


def section(points, score, yaw, crop):
    """The text of pack.yaml's aligner section for mean points [5, 2] of the framing."""
    listed = "[" + ", ".join(f"[{x:.4f}, {y:.4f}]" for x, y in points.tolist()) + "]"
    return SECTION.format(points=listed, score=score, yaw=yaw, crop=crop)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", required=True, type=Path)
    parser.add_argument("--runs", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--score", type=float, default=0.4, help="a place with less shows no face")
    parser.add_argument("--yaw", type=float, default=35, help="degrees beyond which a head is turned away")
    parser.add_argument("--crop", type=int, default=96, help="narrowest crop, pixels of the picture")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    write(load_averaged(Aligner(), options.runs, "aligner", "train"), options.out / "aligner.onnx")
    print(f"aligner.onnx  {(options.out / 'aligner.onnx').stat().st_size / 1e6:.2f} MB")
    print("In pack.yaml, under graphs:")
    print(GRAPH, end="")
    print("and beside graphs:")
    print(section(Heads(options.heads).framing(), options.score, options.yaw, options.crop), end="")


if __name__ == "__main__":
    main()
