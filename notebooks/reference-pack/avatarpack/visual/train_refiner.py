"""Trains the refiner of the mouth's fields on what the denoiser delivers, against the exact fields.

    python -m avatarpack.visual.train_refiner --data DIR --runs DIR --base base.npz --minutes 30

Starts from the decoder run and changes nothing of it but the refiner and what that reads off the reference. No picture is
painted, so a step is quick, and people without pictures teach it too. The pool of clips is renewed all along.
"""

import torch

from . import base as motion_base
from . import store, training
from .fields import FIELDS
from .refiner import COLUMNS, ROWS
from .train_decoder import Renderer
from .train_denoiser import STEP_COUNTS

LENGTH, CUT = 12, 10  # frames of a clip, clips of one free run
POOL, FIRST = 1200, 60  # clips in the pool at most, and before the first step
PEOPLE, EACH = 10, 6  # clips of a step and frames of each
RENEW_EVERY = 6  # steps for one more free run
EXACT = 0.15  # share of clips whose exact fields are shown, with a little noise
FIELD_WEIGHT = torch.tensor([0.3, 0.3, 1.0, 0.1, 0.3, 1.5])  # flow, interior, eyeball, figure, teeth
GAP_WEIGHT = 0.5  # of the interior summed down each column, which is how far the lips are apart there


class Pool:
    """Clips: reference picture, motion, and the mouth's fields as they are delivered and as they should be."""

    def __init__(self, diffusion, sampler, rng):
        self.diffusion, self.sampler, self.rng, self.rows = diffusion, sampler, rng, []

    def cut(self):
        """Adds the clips of one free run; beyond the pool's size they take the place of others."""
        references, maps, motion, _, _ = self.sampler.clips(CUT, LENGTH)
        exact = motion_base.pack(maps.flatten(0, 1))
        if self.rng.rand() < EXACT:
            made = exact + torch.randn_like(exact) * 0.05 * float(self.rng.rand())
        else:
            made = self.diffusion.base.restore(self.diffusion.free_run(references, motion, self.rng.choice(STEP_COUNTS)).flatten(0, 1), motion.flatten(0, 1))
        boxes = [torch.nn.functional.pixel_shuffle(p, 2)[:, :, ROWS, COLUMNS].half().unflatten(0, (CUT, LENGTH)) for p in (made, exact)]
        for row in zip((references * 255).to(torch.uint8), motion, *boxes):
            if len(self.rows) < POOL:
                self.rows.append(row)
            else:
                self.rows[self.rng.randint(POOL)] = row

    def batch(self):
        """References [people, ...], then motion, delivered and exact boxes [people * each, ...]."""
        rows = [self.rows[k] for k in self.rng.randint(len(self.rows), size=PEOPLE)]
        picked = [torch.from_numpy(self.rng.permutation(LENGTH)[:EACH]) for _ in rows]
        frames = [torch.cat([row[k][j] for row, j in zip(rows, picked)]).float() for k in (1, 2, 3)]
        return torch.stack([row[0] for row in rows]).float() / 255, *frames


def field_loss(made, exact):
    """Absolute and squared difference of boxes of fields, and of the mouth's height in each column."""
    d = made - exact
    gap = d[:, 2].sum(1)
    return ((d.abs() + d**2) * FIELD_WEIGHT.view(1, FIELDS, 1, 1)).mean() + GAP_WEIGHT * gap.abs().mean()


def gap_correlation(made, exact):
    """How well the mouth's area follows the exact one over the frames of a batch."""
    a, b = (v[:, 2].clamp(min=0).sum((1, 2)) for v in (made, exact))
    return torch.corrcoef(torch.stack([a, b]))[0, 1].item()


def main():
    options = training.parser(__doc__).parse_args()
    sampler, diffusion = store.Sampler(options.data, options.seed), training.finished_diffusion(options.runs, options.base)
    model = training.load_averaged(Renderer(), options.runs, "decoder", "train_decoder").requires_grad_(False)
    reader, refiner = model.encoder.lips.requires_grad_(True), model.decoder.lips.requires_grad_(True)
    run, rng = training.start(model, "refiner", options, sampler, rate=2e-3, decay=1e-3)
    pool = Pool(diffusion, sampler, rng)
    while len(pool.rows) < FIRST:
        pool.cut()
    while run.running():
        if run.step % RENEW_EVERY == 0:
            pool.cut()
        references, motion, delivered, exact = pool.batch()
        made = delivered + refiner.change(delivered, motion, reader(references).repeat_interleave(EACH, 0))
        measures = {"before": field_loss(delivered, exact).item(), "gap_before": gap_correlation(delivered, exact), "gap": gap_correlation(made.detach(), exact)}
        run.update(field_loss(made, exact), measures)


if __name__ == "__main__":
    main()
