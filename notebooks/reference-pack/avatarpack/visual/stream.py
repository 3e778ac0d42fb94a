"""The block loop of the engine in torch, for evaluation and sheets: warp initialisation, sampling, context, decoding."""

import torch

from .base import MotionBase
from .denoiser import BLOCK
from .export import FlowInit
from .layers import MotionRange, identity_grid, sample_at
from .schedule import RUN_START, expand, signal
from .train_decoder import Renderer
from .train_denoiser import Diffusion


class Stream:
    """Free-running sessions, one per reference picture; `base_only` leaves the residual at zero."""

    def __init__(self, renderer: Renderer, diffusion: Diffusion, references, steps=2, base_only=False, seed=0):
        self.renderer, self.diffusion, self.steps, self.base_only = renderer, diffusion, steps, base_only
        self.references, count = references, len(references)
        self.flow_init, self.range = FlowInit(diffusion.base), MotionRange()
        self.noise = torch.Generator().manual_seed(seed)
        self.cache, self.mask, self.previous = diffusion.empty(count)
        self.motion_last = torch.zeros(count, 32)
        with torch.no_grad():
            self.id_den = diffusion.reference(references)
            self.features = renderer.encoder(references)

    @torch.no_grad()
    def latents(self, motion):
        """Residual latents [n, 2, 24, 16, 16] of one block of motion [n, 2, 32]."""
        count, motion = len(motion), self.range(motion)
        if self.base_only:
            return torch.zeros(count, BLOCK, 24, 16, 16)
        flow, self.motion_last = self.flow_init(motion, self.motion_last)
        warped = torch.stack([sample_at(self.previous, flow[:, i] / 8, identity_grid(16)) for i in range(BLOCK)], 1)
        a, g = signal(torch.full((count,), RUN_START))
        noise = expand(a) * warped + expand(g) * torch.randn(warped.shape, generator=self.noise)
        x0 = self.diffusion.sample(noise, self.steps, motion, self.id_den, self.previous, self.cache, self.mask, RUN_START)
        self.cache, self.mask = self.diffusion.push(self.cache, self.mask, x0, motion)
        self.cache = self.cache.half().float()
        self.previous = x0[:, -1]
        return x0

    @torch.no_grad()
    def decode(self, latent, motion):
        """Pictures [n, 3, 256, 256] of one frame's residual latent."""
        motion = self.range(motion)
        packed = self.diffusion.base.restore(latent, motion)
        return self.renderer.decoder(packed, motion, self.references, *self.features)[0]

    def frames(self, motion):
        """Pictures [n, 2, 3, 256, 256] of one block."""
        x0 = self.latents(motion)
        return torch.stack([self.decode(x0[:, i], motion[:, i]) for i in range(BLOCK)], 1)


def load(runs, base):
    """Averaged weights of the last stage of training that was run."""
    from pathlib import Path

    from . import training

    diffusion = Diffusion(MotionBase.load(base))
    newest = next((name for name in ("joint", "details", "refiner") if (Path(runs) / f"{name}.pt").exists()), "decoder")
    renderer = training.load_averaged(Renderer(), runs, newest, "train_decoder")
    return renderer, training.load_averaged(diffusion, runs, "denoiser", "train_denoiser")


