"""Trains the causal denoiser and its reference encoder on the residual over the motion base.

    python -m avatarpack.visual.train_denoiser --data DIR --runs DIR --base base.npz --minutes 60

Starts from the identity plan (avatarpack.visual.train_plan), which it goes on training.

The first part learns from exact contexts that are spoiled in many ways; after --rollout minutes four steps of five run the model
freely over several blocks with the step counts of run time and learn from the states it got itself into.
"""

import numpy as np
import torch
from torch.nn import functional

from . import store, training
from .base import MotionBase, pack
from .denoiser import BLOCK, CONTEXT
from .diffusion import Diffusion
from .fields import LATENT_CHANNELS
from .schedule import START, expand, signal, times, to_time

BATCH = 10
STEP_COUNTS = (1, 1, 2, 2, 4)


def region_weight(regions):
    """Loss weight [batch, frames, 1, 16, 16] that lifts the cells of eyes and mouth."""
    cells = functional.avg_pool2d(regions.flatten(0, 1).sum(1, keepdim=True), 4)
    return (1 + 3 * cells.clamp(max=1)).view(*regions.shape[:2], 1, 16, 16)


def block_loss(model, guess, truth, t, weight):
    """Weighted squared error with the noise-level weight 1 / (sigma^2 + 0.2)."""
    level = expand(signal(t)[1]) ** 2 + 0.2
    return ((guess - truth) ** 2 * weight * model.channel_weight.view(1, 1, -1, 1, 1) / level).mean()


def random_time(rng, count):
    """Half of the samples at the start time, a quarter at the later times of runs, the rest anywhere."""
    t = torch.from_numpy(rng.uniform(0.02, START, count).astype(np.float32))
    kind = torch.from_numpy(rng.rand(count).astype(np.float32))
    later = torch.from_numpy(rng.choice([0.75, 0.5, 0.5, 0.25], count).astype(np.float32)) * START
    t = torch.where(kind < 0.7, later, t)
    return torch.where(kind < 0.45, torch.full_like(t, START), t)


def spoiled_context_loss(model, rng, latent, motion, id_den, weight):
    """One block from a context that is exact but for noise, shrinking, gaps and the model's own last block."""
    count = len(latent)
    context, truth = latent[:, :CONTEXT].clone(), latent[:, CONTEXT:]
    mask = torch.ones(count, CONTEXT)
    if rng.rand() < 0.5:
        with torch.no_grad():
            cache = model.context(context[:, :-BLOCK], motion[:, : CONTEXT - BLOCK])
            cache = torch.cat([torch.zeros(count, 2, BLOCK, 64, 64), cache], 2)
            hidden = torch.cat([torch.zeros(count, BLOCK), mask[:, BLOCK:]], 1)
            before = context[:, CONTEXT - BLOCK - 1] * float(rng.rand() < 0.5)
            context[:, -BLOCK:] = model.sample(torch.randn_like(truth), 1, motion[:, CONTEXT - BLOCK : CONTEXT], id_den, before, cache, hidden)
    context = context * (0.5 + 0.5 * torch.rand(count, 1, 1, 1, 1)) + torch.randn_like(context) * torch.rand(count, 1, 1, 1, 1) * 0.8
    previous = context[:, -1].clone()
    for k in range(count):
        if rng.rand() < 0.3:
            mask[k], previous[k] = 0, 0
        elif rng.rand() < 0.2:
            mask[k, : rng.randint(CONTEXT)] = 0
    cache = model.context(context, motion[:, :CONTEXT])
    now = motion[:, CONTEXT:]
    t = random_time(rng, count)
    a, g = signal(t)
    noise = torch.randn_like(truth)
    seen = truth
    if rng.rand() < 0.5:
        with torch.no_grad():
            own = model.sample(torch.randn_like(truth), 1, now, id_den, previous, cache, mask)
        use = (torch.from_numpy(rng.rand(count).astype(np.float32)) < 0.7).float().view(-1, 1, 1, 1, 1)
        seen = own * use + truth * (1 - use)
    guess = model.guess(expand(a) * seen + expand(g) * noise, t, now, id_den, previous, cache, mask)
    first = t > START - 0.01
    error = ((guess - truth) ** 2).detach().mean((1, 2, 3, 4))
    later = ~first
    measures = {
        "first": error[first].mean().item() if first.any() else None,
        "later": error[later].mean().item() if later.any() else None,
        "variance": (truth**2).mean().item(),
    }
    return block_loss(model, guess, truth, t, weight[:, CONTEXT:]), measures


def rollout_loss(model, rng, latent, motion, id_den, weight):
    """Free run over all blocks of the clip, at a step count of run time; every step of every block is taught."""
    count, frames = latent.shape[:2]
    cache, mask, previous = model.empty(count)
    steps = STEP_COUNTS[rng.randint(len(STEP_COUNTS))]
    total, last, blocks = 0, 0, 0
    for start in range(0, frames - BLOCK + 1, BLOCK):
        now, truth = motion[:, start : start + BLOCK], latent[:, start : start + BLOCK]
        x, moments = torch.randn_like(truth), times(steps)
        # Gradients through one step of each block: the others only bring the state there.
        taught = rng.randint(steps)
        for k, (t, s) in enumerate(zip(moments, moments[1:])):
            here = torch.full((count,), t)
            with torch.set_grad_enabled(k == taught):
                x0 = model.guess(x, here, now, id_den, previous, cache, mask)
            if k == taught:
                total = total + block_loss(model, x0, truth, torch.full((count,), START), weight[:, start : start + BLOCK])
            x0 = model.base.guard(x0)
            if s > 0:
                x = to_time(x, x0.detach(), here, torch.full((count,), s))
        blocks += 1
        last = ((x0.detach() - truth) ** 2).mean().item()
        cache, mask = model.push(cache, mask, x0.detach(), now)
        previous = x0.detach()[:, -1]
    return total / blocks, {f"free{steps}": last}


def parser():
    """The options of this trainer."""
    out = training.parser(__doc__)
    out.add_argument("--rollout", type=float, default=25, help="minutes of training in all after which free runs begin")
    out.add_argument("--blocks", type=int, default=4, help="blocks of a free run")
    return out


def train(options):
    """One run, new or gone on with, of options.minutes."""
    sampler = store.Sampler(options.data, options.seed)
    torch.manual_seed(options.seed)
    model = Diffusion(MotionBase.load(options.base))
    training.load_averaged(model.plan, options.runs, "plan", "train_plan").train()
    run, rng = training.start(model, "denoiser", options, sampler, rate=1.6e-3, decay=1e-3)
    while run.running():
        sampler.keep_fresh()
        free = run.seconds > options.rollout * 60 and rng.rand() < 0.8
        length = options.blocks * BLOCK if free else CONTEXT + BLOCK
        references, maps, motion, regions, _ = sampler.clips(BATCH // 2 if free else BATCH, length)
        count = len(references)
        with torch.no_grad():
            latent = model.base.residual(pack(maps.flatten(0, 1)), motion.flatten(0, 1)).view(count, length, LATENT_CHANNELS, 16, 16)
        step = rollout_loss if free else spoiled_context_loss
        loss, measures = step(model, rng, latent, motion, model.reference(references), region_weight(regions))
        run.update(loss, measures)


if __name__ == "__main__":
    train(parser().parse_args())
