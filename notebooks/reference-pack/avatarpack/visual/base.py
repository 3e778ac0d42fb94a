"""The motion base: a closed-form linear prediction of the fields from motion, around which the diffusion works.

    python -m avatarpack.visual.base --data DIR --out base.npz

Ridge regression of all field values on 48 motion features; what is left, divided by one deviation per channel, is the
latent that is denoised. It anchors every frame to the motion and keeps free-running from drifting.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

from . import store
from .fields import GRID, LATENT_CHANNELS, OFFSET, SCALE
from .layers import MOTION_SCALE

INTERACTING = (0, 16, 24, 25, 26)  # jaw, blink, head pitch, yaw, roll
PAIRS = [(i, j) for k, i in enumerate(INTERACTING) for j in INTERACTING[k:]]
FEATURES = 1 + 32 + len(PAIRS)
RIDGE = 5.0


def pack(maps):
    """Fields [n, 6, 32, 32] to packed latents [n, 24, 16, 16]."""
    scaled = maps * torch.from_numpy(SCALE)[:, None, None] + torch.from_numpy(OFFSET)[:, None, None]
    return nn.functional.pixel_unshuffle(scaled, 2)


def products(motion):
    """Products [n, 15] of every two of the interacting channels of motion [n, 32]."""
    first, second = zip(*PAIRS)
    return motion[:, first] * motion[:, second]


def features(motion):
    """Motion features [n, 48] of raw motion [n, 32]."""
    m = motion * MOTION_SCALE.to(motion)
    return torch.cat([torch.ones_like(m[:, :1]), m, products(m)], 1)


class MotionBase(nn.Module):
    """Constants of the base: prediction, deviation per channel, and the range that latents may take."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weights", torch.zeros(FEATURES, LATENT_CHANNELS * 256))
        self.register_buffer("deviation", torch.ones(LATENT_CHANNELS))
        self.register_buffer("low", torch.full((LATENT_CHANNELS,), -8.0))
        self.register_buffer("high", torch.full((LATENT_CHANNELS,), 8.0))

    def predict(self, motion):
        """Packed fields [n, 24, 16, 16] that the motion [n, 32] alone implies."""
        return (features(motion) @ self.weights).view(-1, LATENT_CHANNELS, GRID // 2, GRID // 2)

    def residual(self, packed, motion):
        """Normalised latent of exact packed fields."""
        return (packed - self.predict(motion)) / self.deviation[:, None, None]

    def restore(self, latent, motion):
        """Packed fields of a normalised latent."""
        return self.predict(motion) + latent * self.deviation[:, None, None]

    def guard(self, latent):
        """Keeps a latent inside the range seen in training plus 10 %."""
        shape = (1,) * (latent.dim() - 3) + (LATENT_CHANNELS, 1, 1)
        return torch.maximum(torch.minimum(latent, self.high.view(shape)), self.low.view(shape))

    @staticmethod
    def load(path):
        data = np.load(path)
        base = MotionBase()
        base.load_state_dict({k: torch.from_numpy(data[k]) for k in data.files})
        return base


def fit(shards):
    """Fits the base on all frames and their mirror images."""
    gram, cross = torch.zeros(FEATURES, FEATURES, dtype=torch.float64), torch.zeros(FEATURES, LATENT_CHANNELS * 256, dtype=torch.float64)
    batches = []
    for shard in shards:
        for mirror in (False, True):
            motion, maps = store.motion_and_fields(shard, mirror)
            batches.append((motion.reshape(-1, 32), maps.reshape(-1, *maps.shape[2:])))
    for motion, maps in batches:
        f = features(motion).double()
        gram += f.T @ f
        cross += f.T @ pack(maps.float()).flatten(1).double()
    base = MotionBase()
    base.weights.copy_(torch.linalg.solve(gram + RIDGE * torch.eye(FEATURES), cross).float())
    squares, count, low, high = 0, 0, None, None
    for motion, maps in batches:
        r = pack(maps.float()) - base.predict(motion)
        squares, count = squares + (r**2).sum((0, 2, 3)), count + r[:, 0].numel()
        least, most = r.amin((0, 2, 3)), r.amax((0, 2, 3))
        low, high = (least, most) if low is None else (torch.minimum(low, least), torch.maximum(high, most))
    base.deviation.copy_((squares / count).sqrt())
    base.low.copy_(1.1 * low / base.deviation)
    base.high.copy_(1.1 * high / base.deviation)
    return base


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    base = fit(store.shards(options.data))
    np.savez(options.out, **{k: v.numpy() for k, v in base.state_dict().items()})
    print("deviation per field:", base.deviation.view(6, 4).mean(1).numpy().round(3).tolist())


if __name__ == "__main__":
    main()
