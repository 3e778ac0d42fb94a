"""Writes aligner.onnx, and the section of pack.yaml that goes with it.

    python -m avatarpack.aligner.export --runs DIR --out PACK [--identities PACK/identities]

The points of the framing are those that the aligner itself finds on the bundled portraits, so that these stay as they are; without
portraits, as in the short mode, the middle of the picture.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..requirements import MissingRequirement
from ..visual.export import OPSET, _accept_missing_onnx
from ..visual.training import load_averaged
from .compose import flip
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


@torch.no_grad()
def framing(aligner, portraits):
    """Mean points [5, 2] of framed portraits uint8 [n, h, h, 3] as fractions of the crop, made symmetric.

    Looks twice, as the engine does: at the picture, then at a square around the face that is 1.56 as wide."""
    side = portraits.shape[1]
    padded = functional.pad(portraits.permute(0, 3, 1, 2).float() / 255, [side // 2] * 4, mode="replicate")
    span, points = round(1.56 * side), torch.full((len(portraits), 5, 2), side / 2)
    for _ in range(2):
        corner = (points[:, [0, 1, 3, 4]].mean(1) - span / 2).round().long()
        views = [p[None, :, y + side // 2 :, x + side // 2 :][:, :, :span, :span] for p, (x, y) in zip(padded, corner.tolist())]
        views = torch.cat([functional.interpolate(v, (SIZE, SIZE), mode="bilinear", antialias=True, align_corners=False) for v in views])
        logits, found, _ = aligner.eval()(views)
        best = logits.flatten(1).argmax(1)
        points = found.flatten(1, 2)[torch.arange(len(best)), best] * span / SIZE + corner[:, None]
    mean = points.mean(0) / side
    return (mean + flip(mean, 1.0)) / 2


def portraits_of(folder):
    """The PNG portraits of a folder, uint8 [n, h, h, 3]."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingRequirement('Python module "PIL" is missing; install it with "pip install pillow"') from error
    files = sorted(folder.glob("*.png"))
    if not files:
        raise MissingRequirement(f'folder "{folder}" holds no portraits; give the identities of the pack')
    return torch.from_numpy(np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--identities", type=Path, help="folder of the bundled portraits")
    parser.add_argument("--score", type=float, default=0.4, help="a place with less shows no face")
    parser.add_argument("--yaw", type=float, default=35, help="degrees beyond which a head is turned away")
    parser.add_argument("--crop", type=int, default=96, help="narrowest crop, pixels of the picture")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    aligner = load_averaged(Aligner(), options.runs, "aligner", "train")
    points = framing(aligner, portraits_of(options.identities) if options.identities else torch.full((1, 256, 256, 3), 128, dtype=torch.uint8))
    write(aligner, options.out / "aligner.onnx")
    print(f"aligner.onnx  {(options.out / 'aligner.onnx').stat().st_size / 1e6:.2f} MB")
    print("In pack.yaml, under graphs:")
    print(GRAPH, end="")
    print("and beside graphs:")
    print(section(points, options.score, options.yaw, options.crop), end="")


if __name__ == "__main__":
    main()
