"""The aligner: for every cell of a coarse grid, whether a face is centred there, its five points and where it looks."""

import torch
from torch import nn
from torch.nn import functional

from ..visual.layers import Residual, grow

SIZE, CELLS = 160, 20
STRIDE = SIZE // CELLS
REACH = 16.0  # pixels that one unit of the point outputs means


class Aligner(nn.Module):
    """Pictures [n, 3, 160, 160] in 0..1 to logits [n, 20, 20], points [n, 20, 20, 5, 2] in pixels, angles [n, 20, 20, 2]."""

    def __init__(self):
        super().__init__()
        self.stem = nn.ModuleList(
            [nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.Conv2d(32, 56, 3, stride=2, padding=1)]
        )
        self.fine = Residual(56)
        self.down = nn.Conv2d(56, 64, 3, stride=2, padding=1)
        self.middle = nn.ModuleList([Residual(64)])
        self.deep = nn.Conv2d(64, 64, 3, stride=2, padding=1)
        self.around = Residual(64)
        self.lift = nn.Conv2d(64, 56, 1)
        self.join = Residual(56)
        self.head = nn.Conv2d(56, 13, 1)
        nn.init.constant_(self.head.bias[0], -4.0)
        line = (torch.arange(CELLS) + 0.5) * STRIDE
        y, x = torch.meshgrid(line, line, indexing="ij")
        self.register_buffer("centre", torch.stack([x, y], -1)[:, :, None], persistent=False)

    def forward(self, picture):
        # Exposure must not matter: every picture is brought to mean 0 and deviation 1.
        mean = picture.mean((1, 2, 3), keepdim=True)
        spread = ((picture - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt()
        h = (picture - mean) / (spread + 0.05)
        for layer in self.stem:
            h = functional.silu(layer(h))
        h = self.fine(h)
        low = self.middle[0](functional.silu(self.down(h)))
        low = low + grow(self.around(functional.silu(self.deep(low))))
        h = self.join(h + grow(self.lift(low)))
        out = self.head(functional.silu(h)).permute(0, 2, 3, 1)
        points = out[..., 1:11].unflatten(-1, (5, 2)) * REACH + self.centre
        return out[..., 0], points, out[..., 11:]


class AlignerGraph(nn.Module):
    """The exported graph: picture uint8 [n, 160, 160, 3] to score [n, 20, 20] in 0..1, points and angles (pitch, yaw; radians)."""

    def __init__(self, aligner):
        super().__init__()
        self.aligner = aligner

    def forward(self, picture):
        logits, points, angles = self.aligner(picture.float().permute(0, 3, 1, 2) / 255)
        return torch.sigmoid(logits), points.flatten(3), angles
