"""Sharpens the motion fields around the mouth just before they are drawn.

What a motion does to the lips is nearly the same for everybody; where the line of the lips lies, the reference shows. The denoiser
works on cells of 16 pixels and smears the interior of a mouth that is open by less than that. This network sees the fields at
cells of 8 pixels with what the reference shows there, and says what is wrong with them.
"""

import torch
from torch import nn
from torch.nn import functional

from .fields import FIELDS, GRID, PIXELS_PER_UNIT
from .layers import MOTION_SCALE, Residual, fill, identity_grid, sample_at

ID_LIPS, WIDTH, CONDITION = 24, 64, 96
ROWS, COLUMNS = slice(14, 26), slice(8, 24)  # cells of 32 x 32 that hold the mouth in every pose
TO_GRID = PIXELS_PER_UNIT * 2 / 256  # flow of the fields to grid_sample's units


class LipsReference(nn.Module):
    """Features [n, 24, 32, 32] of the reference picture: where lips, teeth and beard are."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(48, 32, 3, padding=1)
        self.down = nn.Conv2d(32, 48, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList([Residual(48), Residual(48)])
        self.leave = nn.Conv2d(48, ID_LIPS, 1)

    def forward(self, picture):
        h = self.down(functional.silu(self.enter(functional.pixel_unshuffle(picture - 0.5, 4))))
        for block in self.blocks:
            h = block(h)
        return self.leave(functional.silu(h))


class LipsRefiner(nn.Module):
    """Fields [n, 6, 32, 32] as the latent holds them, motion [n, 32] and the reference's features to fields with better lips."""

    def __init__(self):
        super().__init__()
        self.condition = nn.Sequential(nn.Linear(32, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION), nn.SiLU())
        self.enter = nn.Conv2d(FIELDS + 2 * ID_LIPS, WIDTH, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(1, WIDTH, ROWS.stop - ROWS.start, COLUMNS.stop - COLUMNS.start))
        self.blocks = nn.ModuleList([Residual(WIDTH, CONDITION), Residual(WIDTH, CONDITION)])
        self.leave = nn.Conv2d(WIDTH, FIELDS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        self.register_buffer("grid", identity_grid(GRID)[:, ROWS, COLUMNS].clone(), persistent=False)
        self.register_buffer("motion_scale", MOTION_SCALE.clone(), persistent=False)

    def change(self, box, motion, id_lips):
        """What to add to the fields `box` [n, 6, 12, 16] of the mouth."""
        c = self.condition(motion * self.motion_scale)
        pulled = sample_at(id_lips, box[:, :2] * TO_GRID, self.grid)
        seen = torch.cat([box, pulled, id_lips[:, :, ROWS, COLUMNS]], 1)
        h = self.enter(fill(seen, self.enter)) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.leave(functional.silu(h))

    def forward(self, maps, motion, id_lips):
        change = self.change(maps[:, :, ROWS, COLUMNS], motion, id_lips)
        return maps + functional.pad(change, (COLUMNS.start, GRID - COLUMNS.stop, ROWS.start, GRID - ROWS.stop))
