"""Trains the identity plan, the part of the denoiser that is a product of motion and maps of the reference, by regression.

    python -m avatarpack.visual.train_plan --data DIR --runs DIR --base base.npz --minutes 15

One pass over the reference serves many frames, so this learns geometry far faster than the diffusion, which starts from it.
"""

import torch

from . import store, training
from .base import MotionBase, pack
from .denoiser import IdentityPlan

PEOPLE, FRAMES = 8, 12


def main():
    options = training.parser(__doc__).parse_args()
    sampler = store.Sampler(options.data, options.seed)
    torch.manual_seed(options.seed)
    base, model = MotionBase.load(options.base), IdentityPlan()
    run, _ = training.start(model, "plan", options, sampler, rate=2.5e-3, decay=1e-3)
    while run.running():
        sampler.keep_fresh()
        references, maps, motion = sampler.people_frames(PEOPLE, FRAMES)
        truth = base.residual(pack(maps.flatten(0, 1)), motion.flatten(0, 1)).view(*motion.shape[:2], 24, 16, 16)
        loss = ((model(model.maps(references), motion) - truth) ** 2).mean()
        run.update(loss, {"open": loss.item() / (truth**2).mean().item()})


if __name__ == "__main__":
    main()
