"""Trains the decoder and its reference encoder from exact fields.

    python -m avatarpack.visual.train_decoder --data DIR --runs DIR --minutes 60
"""

import torch
from torch import nn
from torch.nn import functional

from . import base, store, training
from .decoder import Decoder, ReferenceEncoder

PEOPLE, FRAMES = 3, 3
REGION_WEIGHT, INTERIOR_WEIGHT, SQUARE_WEIGHT = 8.0, 16.0, 3.0


class Renderer(nn.Module):
    """Decoder and reference encoder, trained together."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = ReferenceEncoder(), Decoder()

    def forward(self, packed, motion, picture, each):
        """`each` frames for every reference picture."""
        features = [f.repeat_interleave(each, 0) for f in self.encoder(picture)]
        return self.decoder(packed, motion, picture.repeat_interleave(each, 0), *features)


def loss_weight(regions, interior):
    """Weight [n, 1, 256, 256] of the pixels: eyes and mouth count for nine times the rest, wherever they are, and the
    mouth's interior [n, 1, 32, 32], all of which has to be painted, for sixteen times more."""
    weight = 1 + REGION_WEIGHT * functional.interpolate(regions.sum(1, keepdim=True).clamp(max=1), scale_factor=4.0, mode="bilinear", align_corners=False)
    return weight + INTERIOR_WEIGHT * functional.interpolate(interior, scale_factor=8.0, mode="bilinear", align_corners=False)


def difference(painted, truth, weight):
    """Weighted absolute, squared and gradient difference. The squared part is for teeth: where they may or may not show,
    the least absolute error is to leave them away."""
    slope = 0.5 * (weight + 1)
    d = painted - truth
    across, down = (d[..., 1:] - d[..., :-1]).abs() * slope[..., 1:], (d[..., 1:, :] - d[..., :-1, :]).abs() * slope[..., 1:, :]
    return ((d.abs() + SQUARE_WEIGHT * d**2) * weight).mean() + across.mean() + down.mean()


def picture_loss(painted, warped, truth, regions, interior):
    """Loss of whole pictures; the warped reference, before anything is painted, shall fit by itself."""
    weight = loss_weight(regions, interior)
    return difference(painted, truth, weight) + 0.15 * ((warped - truth).abs() * weight).mean()


def main():
    options = training.parser(__doc__, base=False).parse_args()
    sampler = store.Sampler(options.data, options.seed)
    torch.manual_seed(options.seed)
    model = Renderer()
    run, _ = training.start(model, "decoder", options, sampler, rate=1.6e-3, decay=1e-4)
    while run.running():
        sampler.keep_fresh()
        reference, truth, maps, regions, motion = sampler.frames(PEOPLE, FRAMES)
        packed = base.pack(maps)
        packed = packed + torch.randn_like(packed) * torch.rand(len(packed), 1, 1, 1) * 0.08
        painted, warped = model(packed, motion, reference, FRAMES)
        error = ((painted.detach() - truth) ** 2).mean().item()
        run.update(picture_loss(painted, warped, truth, regions, maps[:, 2:3]), {"mse": error, "psnr": training.decibels(error)})


if __name__ == "__main__":
    main()
