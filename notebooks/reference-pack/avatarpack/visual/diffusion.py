"""The denoising side of the pictures in one module: denoiser, identity plan, context and reference encoder over the motion base."""

import torch
from torch import nn

from .base import MotionBase
from .denoiser import BLOCK, CONTEXT, ID_FEATURES, Context, Denoiser, DenoiserReference, IdentityPlan
from .fields import LATENT_CHANNELS
from .schedule import START, times, to_time


class Diffusion(nn.Module):
    """Denoiser, context and reference encoder with the motion base around them."""

    def __init__(self, base: MotionBase):
        super().__init__()
        self.features, self.plan, self.context, self.denoiser = DenoiserReference(), IdentityPlan(), Context(), Denoiser()
        self.base = base
        # Flow moves every pixel of the picture, the coverages only some of them.
        weight = torch.ones(LATENT_CHANNELS)
        weight[:8] = 2.0
        self.register_buffer("channel_weight", weight / weight.mean(), persistent=False)

    def reference(self, picture):
        """What the denoiser keeps of the reference picture, [batch, 64, 16, 16]."""
        return torch.cat([self.features(picture), self.plan.maps(picture)], 1)

    def guess(self, noisy, t, motion, id_den, previous, cache, mask):
        """Clean block as the network says it."""
        own, maps = id_den[:, :ID_FEATURES], id_den[:, ID_FEATURES:]
        rest = self.denoiser(noisy, t, motion, own, previous, cache, mask, self.base.predict(motion.flatten(0, 1)))
        return self.plan(maps, motion) + rest

    def predict(self, noisy, t, motion, id_den, previous, cache, mask):
        """Clean block inside the guarded range."""
        return self.base.guard(self.guess(noisy, t, motion, id_den, previous, cache, mask))

    def sample(self, noise, steps, motion, id_den, previous, cache, mask, start=START):
        """Deterministic sampling from what stands at the start time, as the engine does by default."""
        moments = times(steps, start)
        x = noise
        for t, s in zip(moments, moments[1:]):
            here = torch.full((len(x),), t)
            x0 = self.predict(x, here, motion, id_den, previous, cache, mask)
            if s > 0:
                x = to_time(x, x0, here, torch.full((len(x),), s))
        return x0

    def empty(self, count):
        """Cache, mask and previous latent of a session that begins."""
        return torch.zeros(count, 2, CONTEXT, 64, 64), torch.zeros(count, CONTEXT), torch.zeros(count, LATENT_CHANNELS, 16, 16)

    def push(self, cache, mask, block, motion):
        """Appends a finished block to the cache."""
        new = self.context(block, motion)
        return torch.cat([cache[:, :, BLOCK:], new], 2), torch.cat([mask[:, BLOCK:], torch.ones_like(mask[:, :BLOCK])], 1)

    @torch.no_grad()
    def free_run(self, references, motion, steps):
        """Residual latents [n, frames, 24, 16, 16] of sessions that begin, as the engine runs them: motion [n, frames, 32]."""
        count, id_den, out = len(references), self.reference(references), []
        cache, mask, previous = self.empty(count)
        for start in range(0, motion.shape[1], BLOCK):
            now = motion[:, start : start + BLOCK]
            out.append(self.sample(torch.randn(count, BLOCK, *previous.shape[1:]), steps, now, id_den, previous, cache, mask))
            cache, mask = self.push(cache, mask, out[-1], now)
            previous = out[-1][:, -1]
        return torch.cat(out, 1)
