"""The causal denoiser of motion-field latents: blocks of two frames, a rolling key/value cache of the last six."""

import torch
from torch import nn
from torch.nn import functional

from .base import FEATURES, features, products
from .layers import MOTION_SCALE, Residual, grow

BLOCK, CONTEXT, TOKENS, WIDTH, HEADS = 2, 6, 64, 64, 4
ID_FEATURES, ID_MAPS = 32, 32
ID_DEN = ID_FEATURES + ID_MAPS
FINE, COARSE, CONDITION = 64, 96, 128
CHANNELS = 24


class DenoiserReference(nn.Module):
    """Features [batch, 32, 16, 16] of the reference picture for the denoiser."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(48, 24, 3, stride=2, padding=1)
        self.at32 = Residual(24)
        self.down = nn.Conv2d(24, 64, 3, stride=2, padding=1)
        self.at16 = nn.ModuleList([Residual(64), Residual(64)])
        self.leave = nn.Conv2d(64, ID_FEATURES, 1)

    def forward(self, picture):
        h = self.down(functional.silu(self.at32(self.enter(functional.pixel_unshuffle(picture - 0.5, 4)))))
        for block in self.at16:
            h = block(h)
        return self.leave(h)


class IdentityPlan(nn.Module):
    """What motion does to this very person: the residual as a product of motion and maps read off the reference.

    A ridge fit for one person alone would be linear in the motion features with weights of its own; `maps` predicts a
    low-rank form of those weights from the picture, `coefficients` holds the part that all people share.
    """

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(48, 24, 3, stride=2, padding=1)
        self.at32 = Residual(24)
        self.down = nn.Conv2d(24, 64, 3, stride=2, padding=1)
        self.place = nn.Parameter(torch.zeros(1, 64, 16, 16))
        self.at16 = nn.ModuleList([Residual(64), Residual(64), Residual(64)])
        self.leave = nn.Conv2d(64, ID_MAPS, 1)
        self.coefficients = nn.Linear(FEATURES, CHANNELS * ID_MAPS)
        nn.init.normal_(self.coefficients.weight, std=0.05)

    def maps(self, picture):
        """Maps [batch, 32, 16, 16] of the reference picture."""
        h = self.down(functional.silu(self.at32(self.enter(functional.pixel_unshuffle(picture - 0.5, 4))))) + self.place
        for block in self.at16:
            h = block(h)
        return self.leave(h)

    def forward(self, maps, motion):
        """Residual latents [batch, frames, 24, 16, 16] for motion [batch, frames, 32]."""
        frames = motion.shape[1]
        mix = self.coefficients(features(motion.flatten(0, 1))).reshape(-1, frames * CHANNELS, ID_MAPS)
        return (mix @ maps.flatten(2)).reshape(-1, frames, CHANNELS, 16, 16) / ID_MAPS**0.5


class Context(nn.Module):
    """Keys and values of finished frames: latents [b, f, 24, 16, 16], motion [b, f, 32] to [b, 2, f, 64, 64]."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Conv2d(CHANNELS, WIDTH, 3, stride=2, padding=1)
        self.motion = nn.Linear(32, WIDTH)
        self.project = nn.Linear(WIDTH, 2 * WIDTH)
        self.register_buffer("motion_scale", MOTION_SCALE.clone(), persistent=False)

    def forward(self, latents, motion):
        frames = latents.shape[1]
        h = self.tokens(latents.flatten(0, 1)) + self.motion(motion.flatten(0, 1) * self.motion_scale)[:, :, None, None]
        h = self.project(functional.silu(h).flatten(2).transpose(1, 2))
        h = h.reshape(-1, frames, TOKENS, 2, WIDTH)
        return h.permute(0, 3, 1, 2, 4)


class TemporalAttention(nn.Module):
    """Every place of a frame looks at the same place of the cached frames and of its own block."""

    def __init__(self):
        super().__init__()
        self.query = nn.Conv2d(COARSE, WIDTH, 1)
        self.own = nn.Conv2d(COARSE, 2 * WIDTH, 1)
        self.leave = nn.Conv2d(WIDTH, COARSE, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.age = nn.Parameter(torch.zeros(BLOCK, CONTEXT + BLOCK, HEADS))

    def forward(self, h, cache, mask):
        depth = WIDTH // HEADS
        q = self.query(h).reshape(-1, BLOCK, HEADS, depth, TOKENS).permute(0, 4, 2, 1, 3)  # b, place, head, frame, depth
        own = self.own(h).reshape(-1, BLOCK, 2, HEADS, depth, TOKENS)
        keys, values = (own[:, :, i].permute(0, 4, 2, 1, 3) for i in (0, 1))
        old = cache.reshape(-1, 2, CONTEXT, TOKENS, HEADS, depth)
        old_keys, old_values = (old[:, i].permute(0, 2, 3, 1, 4) for i in (0, 1))
        keys, values = torch.cat([old_keys, keys], 3), torch.cat([old_values, values], 3)
        score = q @ keys.transpose(-1, -2) / depth**0.5 + self.age.permute(2, 0, 1)
        hidden = torch.cat([mask, torch.ones_like(mask[:, :BLOCK])], 1) - 1
        out = torch.softmax(score + hidden[:, None, None, None, :] * 1e4, -1) @ values
        out = out.permute(0, 3, 2, 4, 1).reshape(-1, WIDTH, 8, 8)
        return h + self.leave(out)


class Denoiser(nn.Module):
    """Predicts the clean block from a noisy one; inputs as in the graph `denoiser.onnx`, the cache in float32.

    plan: what the motion base says the fields are [batch * 2, 24, 16, 16]; it shows where lids, lips and edges lie.
    """

    def __init__(self):
        super().__init__()
        self.condition = nn.Sequential(nn.Linear(32 + 15 + 16, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION), nn.SiLU())
        self.noisy = nn.Conv2d(CHANNELS, FINE, 3, padding=1)
        self.known = nn.Conv2d(CHANNELS + ID_FEATURES, FINE, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(1, FINE, 16, 16))
        self.fine_in = Residual(FINE, CONDITION)
        self.down = nn.Conv2d(FINE, COARSE, 3, stride=2, padding=1)
        self.coarse = nn.ModuleList([Residual(COARSE, CONDITION), Residual(COARSE, CONDITION)])
        self.attention = TemporalAttention()
        self.up = nn.Conv2d(COARSE, FINE, 1)
        self.fine_out = nn.ModuleList([Residual(FINE, CONDITION), Residual(FINE, CONDITION)])
        self.leave = nn.Conv2d(FINE, CHANNELS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.planned = nn.Conv2d(CHANNELS, FINE, 3, padding=1, bias=False)
        nn.init.zeros_(self.planned.weight)
        self.register_buffer("motion_scale", MOTION_SCALE.clone(), persistent=False)
        self.register_buffer("frequency", 2.0 ** torch.arange(8) * 1.5, persistent=False)

    def forward(self, noisy, t, motion, id_den, previous, cache, mask, plan):
        m = (motion * self.motion_scale).flatten(0, 1)
        phase = t[:, None] * self.frequency
        time = torch.cat([torch.sin(phase), torch.cos(phase)], 1)
        time = torch.stack([time, time], 1).flatten(0, 1)
        c = self.condition(torch.cat([m, products(m), time], 1))
        known = self.known(torch.cat([previous, id_den], 1)) + self.place
        known = torch.stack([known, known], 1).flatten(0, 1)
        skip = self.fine_in(self.noisy(noisy.flatten(0, 1)) + self.planned(plan) + known, c)
        h = self.coarse[0](self.down(functional.silu(skip)), c)
        h = self.coarse[1](self.attention(h, cache, mask), c)
        h = grow(self.up(functional.silu(h))) + skip
        for block in self.fine_out:
            h = block(h, c)
        return self.leave(functional.silu(h)).reshape(-1, BLOCK, CHANNELS, 16, 16)
