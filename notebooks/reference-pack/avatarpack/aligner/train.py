"""Trains the aligner on composed pictures.

    python -m avatarpack.aligner.train --heads HEADS --runs DIR --minutes 25
"""

import argparse
from pathlib import Path

import torch
from torch.nn import functional

from ..visual.training import Run
from .compose import Backdrops, Heads, batch
from .net import Aligner

BATCH = 24


def losses(model, picture, target):
    """Focal loss of the heat map (Zhou et al. 2019, equation 1), points relative to the face's size, angles."""
    logits, points, angles = model(picture)
    heat, owner = target["heat"], target["owner"]
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    top = (heat > 0.95).float()
    focal = top * (1 - p) ** 2 * p.log() + (1 - top) * (1 - heat) ** 4 * p**2 * (1 - p).log()
    seen = (owner >= 0).float()
    score = -(focal * seen).sum() / top.sum().clamp(min=1)
    weight = owner.clamp(min=0)
    total = weight.sum().clamp(min=1)
    error = (points - target["points"]).abs() / target["scale"][..., None, None]
    place = (functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.05, reduction="none").mean((-1, -2)) * weight).sum() / total
    turn = (functional.smooth_l1_loss(angles, target["angles"], beta=0.1, reduction="none").mean(-1) * weight).sum() / total
    return score, place, turn, (error.mean((-1, -2)) * weight).sum() / total


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--heads", required=True, type=Path, help="what avatarpack.aligner.heads made")
    parser.add_argument("--runs", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--horizon", type=float, help="minutes in all after which the learning rate has reached its end (default: --minutes)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    heads = Heads(options.heads)
    torch.manual_seed(options.seed)
    model = Aligner()
    options.runs.mkdir(parents=True, exist_ok=True)
    run = Run(model, options.runs, "aligner", options.minutes, options.horizon or options.minutes, rate=2.5e-3, decay=1e-3)
    rng = torch.Generator().manual_seed(options.seed + run.step)
    backdrops = Backdrops(rng)
    while run.running():
        score, place, turn, error = losses(model, *batch(rng, heads, backdrops, BATCH))
        run.update(score + 6 * place + 2 * turn, {"score": score.item(), "points": error.item(), "turn": turn.item()})


if __name__ == "__main__":
    main()
