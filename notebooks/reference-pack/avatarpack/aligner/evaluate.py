"""Measures the aligner on composed pictures of heads that it has never seen.

    python -m avatarpack.aligner.evaluate --heads HEADS_TEST --runs DIR --json aligner.json

aligner.found: faces found of those shown, crop of at least 96 pixels of 256 in the picture's 160; aligner.false: pictures
without a face in which one is seen; aligner.points: mean distance of the points in eye distances; aligner.turned: heads beyond
45 degrees that are called turned (35) away; aligner.frontal: heads within 20 degrees that are not.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from ..motion.report import Report
from ..visual.training import load_averaged
from .compose import Backdrops, Heads, batch
from .net import Aligner

PICTURES, BATCH = 480, 24
BARS = {"aligner.found": (0.9, None), "aligner.false": (None, 0.05), "aligner.points": (None, 0.12), "aligner.turned": (0.85, None), "aligner.frontal": (0.9, None)}


@torch.no_grad()
def measure(model, heads, threshold, limit_degrees, pictures=PICTURES, seed=9):
    """Values of all measures."""
    rng = torch.Generator().manual_seed(seed)
    backdrops = Backdrops(rng, 96)
    limit = np.radians(limit_degrees)
    found, errors, false, turned, frontal = [], [], [], [], []
    for _ in range(-(-pictures // BATCH)):
        picture, target = batch(rng, heads, backdrops, BATCH)
        logits, points, angles = model(picture)
        score = torch.sigmoid(logits)
        for i in range(BATCH):
            tops = torch.nonzero(target["heat"][i] > 0.999)
            if len(tops) == 0:
                if (target["owner"][i] >= 0).all():
                    false.append(float(score[i].max() >= threshold))
                continue
            for y, x in tops.tolist():
                size = target["scale"][i, y, x].item()
                if size < 160 * 60 / 256 * 96 / 256:
                    continue
                near = score[i, max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
                hit = near.max().item() >= threshold
                found.append(hit)
                if hit:
                    at = torch.nonzero(near == near.max())[0]
                    at = (max(0, y - 1) + at[0].item(), max(0, x - 1) + at[1].item())
                    apart = (points[i][at] - target["points"][i, y, x]).norm(dim=-1).mean().item()
                    errors.append(apart / size)
                    yaw, seen = abs(target["angles"][i, y, x, 1].item()), abs(angles[i][at][1].item())
                    if yaw > np.radians(45):
                        turned.append(seen > limit)
                    elif yaw < np.radians(20):
                        frontal.append(seen <= limit)
    found, false, errors, turned, frontal = (v or [np.nan] for v in (found, false, errors, turned, frontal))
    return {"found": np.mean(found), "false": np.mean(false), "points": np.mean(errors), "turned": np.mean(turned), "frontal": np.mean(frontal)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", required=True, type=Path, help="heads of people that no training used")
    parser.add_argument("--runs", required=True, type=Path)
    parser.add_argument("--score", type=float, default=0.4)
    parser.add_argument("--yaw", type=float, default=35)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    report = Report("reference-pack-aligner")
    for name, value in measure(load_averaged(Aligner(), options.runs, "aligner", "train"), Heads(options.heads), options.score, options.yaw, options.pictures).items():
        report.add(f"aligner.{name}", value, "", BARS[f"aligner.{name}"])
    print(report.table())
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
