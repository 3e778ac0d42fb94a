"""Trains the decoder's painters of eyes and mouth over its trunk, on boxes that are cut out once and used many times.

    python -m avatarpack.visual.train_details --data DIR --runs DIR --base base.npz --minutes 40

The trunk of the refiner run stays as it is, so what the painters look at can be kept: a step costs a third of one through
the whole decoder. The pool of boxes is filled from exact fields and from free runs of the denoiser, and renewed all along.
"""

import torch

from . import base as motion_base
from . import store, training
from .decoder import BOXES
from .denoiser import BLOCK
from .layers import JAW
from .train_decoder import Renderer, difference, loss_weight
from .train_joint import BLOCKS, STEP_COUNTS

POOL, FIRST = 3000, 120  # frames in the pool at most, and before the first step
EACH = (8, 10)  # frames of a step: eyes, mouth
RENEW_EVERY = 3  # steps for one more cut
FREE = 0.3
LIDS = 16  # motion channel of the left lid
SHUT_WEIGHT = 4.0  # more weight of the eyes when they are shut: the specks between lids are few, and seen at once
SLIGHT, SLIGHT_WEIGHT = (0.04, 0.25), 2.0  # jaws of a mouth that is open a little: few pixels, and most of speech


class Pool:
    """Boxes of frames: what each painter sees, its condition, what it shall paint and how much every pixel counts."""

    def __init__(self, model, diffusion, sampler, rng):
        self.model, self.diffusion, self.sampler, self.rng = model, diffusion, sampler, rng
        self.rows = [[] for _ in model.decoder.details]

    def draw(self):
        """Fields, motion, reference, truth, regions of some new frames, and how many of them each reference has."""
        if self.rng.rand() < FREE:
            reference, maps, motion, regions, truth = self.sampler.clips(4, BLOCKS * BLOCK, with_pictures=BLOCK)
            latent = self.diffusion.free_run(reference, motion, self.rng.choice(STEP_COUNTS))[:, -BLOCK:]
            motion, truth, regions, maps = (part[:, -BLOCK:].flatten(0, 1) for part in (motion, truth, regions, maps))
            return self.diffusion.base.restore(latent.flatten(0, 1), motion), maps, motion, reference, truth, regions, BLOCK
        reference, truth, maps, regions, motion = self.sampler.frames(3, 4)
        packed = motion_base.pack(maps)
        return packed + torch.randn_like(packed) * torch.rand(len(packed), 1, 1, 1) * 0.05, maps, motion, reference, truth, regions, 4

    @torch.no_grad()
    def cut(self):
        """Adds the boxes of some frames; beyond the pool's size they take the place of others."""
        packed, maps, motion, reference, truth, regions, each = self.draw()
        features = [f.repeat_interleave(each, 0) for f in self.model.encoder(reference)]
        decoder = self.model.decoder
        painted, _, h, fields, condition = decoder.trunk(packed, motion, reference.repeat_interleave(each, 0), *features)
        weight = loss_weight(regions, maps[:, 2:3])
        shut = (1 + SHUT_WEIGHT * motion[:, LIDS]).view(-1, 1, 1, 1)
        slight = (1 + SLIGHT_WEIGHT * ((motion[:, JAW] > SLIGHT[0]) & (motion[:, JAW] < SLIGHT[1]))).view(-1, 1, 1, 1)
        for rows, detail, factor in zip(self.rows, decoder.details, (shut, slight)):
            parts = (detail.sees(h, fields, painted), condition, *(detail.cut(p) for p in (painted, truth, weight * factor)))
            for row in zip(*(part.half() for part in parts)):
                if len(rows) < POOL:
                    rows.append(row)
                else:
                    rows[self.rng.randint(POOL)] = row

    def batch(self, which, count):
        """Tensors of `count` frames for one painter."""
        rows = self.rows[which]
        return [torch.stack(part).float() for part in zip(*(rows[k] for k in self.rng.randint(len(rows), size=count)))]


def main():
    parser = training.parser(__doc__)
    parser.add_argument("--rate", type=float, default=2e-3, help="half of it when the painters are not new but restored from a pack")
    parser.add_argument("--painters", default=",".join(BOXES), help="which of them are trained; the others stay as they are")
    options = parser.parse_args()
    trained = options.painters.split(",")
    if set(trained) - set(BOXES):
        parser.error(f"--painters has {', '.join(sorted(set(trained) - set(BOXES)))}; use {', '.join(BOXES)}")
    sampler, diffusion = store.Sampler(options.data, options.seed), training.finished_diffusion(options.runs, options.base)
    model = training.load_averaged(Renderer(), options.runs, "refiner", "train_refiner").requires_grad_(False).train()
    painters = [(k, name, model.decoder.details[k].requires_grad_(True)) for k, name in enumerate(BOXES) if name in trained]
    run, rng = training.start(model, "details", options, sampler, rate=options.rate, decay=1e-4)
    pool = Pool(model, diffusion, sampler, rng)
    while len(pool.rows[0]) < FIRST:
        pool.cut()
    while run.running():
        if run.step % RENEW_EVERY == 0:
            pool.cut()
        loss, measures = 0, {}
        for k, name, detail in painters:
            seen, condition, painted, truth, weight = pool.batch(k, EACH[k])
            made = painted + detail.change(seen, condition, painted)
            loss = loss + difference(made, truth, weight)
            before, after = (((p.detach() - truth) ** 2).mean().item() for p in (painted, made))
            measures |= {f"psnr_{name}": training.decibels(after), f"gain_{name}": training.decibels(after) - training.decibels(before)}
        run.update(loss, measures)


if __name__ == "__main__":
    main()
