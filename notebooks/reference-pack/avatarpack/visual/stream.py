"""The block loop of the engine in torch, for evaluation and sheets: sampling, context, decoding."""

from pathlib import Path

import torch

from . import training
from .denoiser import BLOCK
from .diffusion import Diffusion
from .layers import MotionRange
from .train_decoder import Renderer


class Stream:
    """Free-running sessions, one per reference picture; `base_only` leaves the residual at zero."""

    def __init__(self, renderer: Renderer, diffusion: Diffusion, references, steps=2, base_only=False, seed=0):
        self.renderer, self.diffusion, self.steps, self.base_only = renderer, diffusion, steps, base_only
        self.references, count = references, len(references)
        self.range = MotionRange()
        self.noise = torch.Generator().manual_seed(seed)
        self.cache, self.mask, self.previous = diffusion.empty(count)
        with torch.no_grad():
            self.id_den = diffusion.reference(references)
            self.features = renderer.encoder(references)

    @torch.no_grad()
    def latents(self, motion):
        """Residual latents [n, 2, 24, 16, 16] of one block of motion [n, 2, 32]."""
        count, motion = len(motion), self.range(motion)
        if self.base_only:
            return torch.zeros(count, BLOCK, 24, 16, 16)
        noise = torch.randn(count, BLOCK, *self.previous.shape[1:], generator=self.noise)
        x0 = self.diffusion.sample(noise, self.steps, motion, self.id_den, self.previous, self.cache, self.mask)
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


def load_renderer(runs):
    """Averaged weights of the decoder as the last stage of training that was run left them."""
    newest = next((name for name in ("joint", "details", "refiner") if (Path(runs) / f"{name}.pt").exists()), "decoder")
    return training.load_averaged(Renderer(), runs, newest, "train_decoder")


def load(runs, base):
    """Decoder and denoising side as training left them."""
    return load_renderer(runs), training.finished_diffusion(runs, base)
