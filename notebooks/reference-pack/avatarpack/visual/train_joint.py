"""Tunes the decoder on what the denoiser really delivers: free runs of several blocks, mixed with exact fields.

    python -m avatarpack.visual.train_joint --data DIR --runs DIR --base base.npz --minutes 15

Starts from the averaged weights of the decoder run, with the painters of train_details where they exist; the denoiser stays
as it is.
"""

import time

import torch

from . import base as motion_base
from . import store, training
from .denoiser import BLOCK
from .train_decoder import FRAMES, PEOPLE, Renderer, picture_loss

BLOCKS, STEP_COUNTS = 3, (1, 2, 2, 4)


def main():
    parser = training.parser(__doc__)
    parser.add_argument("--rate", type=float, default=6e-4)
    options = parser.parse_args()
    sampler = store.Sampler(options.data, options.seed)
    diffusion = training.finished_diffusion(options.runs, options.base)
    start = "details" if (options.runs / "details.pt").exists() else "decoder"
    model = training.load_averaged(Renderer(), options.runs, start, "train_decoder").train()
    run, rng = training.start(model, "joint", options, sampler, rate=options.rate, decay=1e-4)
    looked = time.time()
    while run.running():
        if time.time() - looked > 120:
            sampler.refresh()
            diffusion = training.finished_diffusion(options.runs, options.base)
            looked = time.time()
        if rng.rand() < 0.6:
            reference, maps, motion, regions, truth = sampler.clips(PEOPLE + 1, BLOCKS * BLOCK, with_pictures=BLOCK)
            latent = diffusion.free_run(reference, motion, rng.choice(STEP_COUNTS))[:, -BLOCK:]
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
