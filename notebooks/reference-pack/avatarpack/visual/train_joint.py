"""Tunes the decoder on what the denoiser really delivers: free runs of several blocks, mixed with exact fields.

    python -m avatarpack.visual.train_joint --data DIR --runs DIR --base base.npz --minutes 15

Starts from the averaged weights of the decoder run, with the painters of train_details where they exist; the denoiser stays
as it is.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from . import base as motion_base
from . import store, training
from .denoiser import BLOCK
from .train_decoder import FRAMES, PEOPLE, Renderer, picture_loss
from .train_denoiser import Diffusion

BLOCKS, STEP_COUNTS = 3, (1, 2, 2, 4)


@torch.no_grad()
def free_run(diffusion, rng, references, motion):
    """Residual latents of the last block of a free run over [people, blocks * 2] frames of motion."""
    count = len(references)
    id_den = diffusion.reference(references)
    cache, mask, previous = diffusion.empty(count)
    steps = STEP_COUNTS[rng.randint(len(STEP_COUNTS))]
    for start in range(0, motion.shape[1], BLOCK):
        now = motion[:, start : start + BLOCK]
        x0 = diffusion.sample(torch.randn(count, BLOCK, 24, 16, 16), steps, now, id_den, previous, cache, mask)
        cache, mask = diffusion.push(cache, mask, x0, now)
        previous = x0[:, -1]
    return x0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    training.add_options(parser)
    parser.add_argument("--base", required=True, type=Path)
    parser.add_argument("--rate", type=float, default=6e-4)
    options = parser.parse_args()
    sampler = store.Sampler(options.data, options.seed)
    diffusion = training.load_averaged(Diffusion(motion_base.MotionBase.load(options.base)), options.runs, "denoiser", "train_denoiser")
    start = "details" if (options.runs / "details.pt").exists() else "decoder"
    model = training.load_averaged(Renderer(), options.runs, start, "train_decoder").train()
    run = training.Run(model, options.runs, "joint", options.minutes, options.horizon or options.minutes, rate=options.rate, decay=1e-4)
    sampler.rng.seed(options.seed + run.step)
    torch.manual_seed(options.seed + run.step)
    rng = np.random.RandomState(options.seed + run.step + 1)
    looked = time.time()
    while run.running():
        if time.time() - looked > 120:
            sampler.refresh()
            diffusion = training.load_averaged(diffusion, options.runs, "denoiser", "train_denoiser")
            looked = time.time()
        if rng.rand() < 0.6:
            reference, maps, motion, regions, truth = sampler.clips(PEOPLE + 1, BLOCKS * BLOCK, with_pictures=BLOCK)
            latent = free_run(diffusion, rng, reference, motion)
            motion, truth, regions = motion[:, -BLOCK:].flatten(0, 1), truth.flatten(0, 1), regions[:, -BLOCK:].flatten(0, 1)
            maps = maps[:, -BLOCK:].flatten(0, 1)
            packed, each, kind = diffusion.base.restore(latent.flatten(0, 1), motion), BLOCK, "free"
        else:
            reference, truth, maps, regions, motion = sampler.frames(PEOPLE, FRAMES)
            packed, each, kind = motion_base.pack(maps), FRAMES, "exact"
            packed = packed + torch.randn_like(packed) * torch.rand(len(packed), 1, 1, 1) * 0.05
        painted, warped = model(packed, motion, reference, each)
        error = ((painted.detach() - truth) ** 2).mean().item()
        run.update(picture_loss(painted, warped, truth, regions, maps[:, 2:3]), {f"psnr_{kind}": training.decibels(error)})


if __name__ == "__main__":
    main()
