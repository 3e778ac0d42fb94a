"""The decoder: warps the reference picture by the motion fields and paints what the reference does not show.

A light trunk paints everywhere; two wide painters go over the boxes where eyes and mouth can be, since lids, lash lines, lips
and teeth ask for far more than a cheek.
"""

import torch
from torch import nn
from torch.nn import functional

from .fields import PIXELS_PER_UNIT
from .layers import MOTION_SCALE, Modulation, Residual, UpConv, fill, grow, identity_grid, sample_at, shuffle, unshuffle
from .refiner import LipsReference, LipsRefiner

SIZE = 256
WIDTHS = (64, 40, 24)  # channels at 16 x 16, 32 x 32, 64 x 64
ID16, ID32, ID64 = 32, 24, 12
DETAIL_WIDTH = 64
# Rows and columns, in cells of 64 x 64, that hold 99.8 % of eyes and mouth over all training poses; even numbers.
BOXES = {"eyes": (slice(14, 30), slice(14, 50)), "mouth": (slice(30, 50), slice(18, 46))}
TO_GRID = PIXELS_PER_UNIT * 2 / SIZE  # flow of the latent to grid_sample's units


class ReferenceEncoder(nn.Module):
    """Features of the reference picture for the decoder: id16, id32, id64, and id_lips for the refiner of the mouth's fields."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(48, 32, 3, padding=1)
        self.at64 = Residual(32)
        self.to64 = nn.Conv2d(32, ID64, 1)
        self.down32 = nn.Conv2d(32, 48, 3, stride=2, padding=1)
        self.at32 = Residual(48)
        self.to32 = nn.Conv2d(48, ID32, 1)
        self.down16 = nn.Conv2d(48, 64, 3, stride=2, padding=1)
        self.at16 = Residual(64)
        self.to16 = nn.Conv2d(64, ID16, 1)
        self.lips = LipsReference()

    def forward(self, picture):
        h = self.at64(self.enter(functional.pixel_unshuffle(picture - 0.5, 4)))
        g = self.at32(self.down32(functional.silu(h)))
        f = self.at16(self.down16(functional.silu(g)))
        return self.to16(f), self.to32(g), self.to64(h), self.lips(picture)


class Detail(nn.Module):
    """Paints over one box of the picture, at four by four pixels a cell with more channels than pixels.

    Beside what it adds it says of every pixel how much of what is there it takes away. A shut lid has to replace the specks of iris
    and white that the warp pressed together; with an addition alone it would have to know each of them exactly.
    """

    def __init__(self, rows, columns):
        super().__init__()
        self.rows, self.columns = rows, columns
        self.enter = nn.Conv2d(WIDTHS[2] + 48 + 6, DETAIL_WIDTH, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(1, DETAIL_WIDTH, rows.stop - rows.start, columns.stop - columns.start))
        self.blocks = nn.ModuleList([Residual(DETAIL_WIDTH, 64 + ID16), Residual(DETAIL_WIDTH, 64 + ID16)])
        self.leave = nn.Conv2d(DETAIL_WIDTH, 64, 3, padding=1)  # three colours and what is taken away, of 16 pixels
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def cut(self, picture):
        """The box of pictures or of anything else [n, channels, 256, 256]."""
        return picture[:, :, 4 * self.rows.start : 4 * self.rows.stop, 4 * self.columns.start : 4 * self.columns.stop]

    def sees(self, h, maps, picture):
        """Input [n, 78, rows, columns] of the painter from features h at 64 x 64, maps at 32 x 32 and the trunk's picture."""
        top, bottom, left, right = self.rows.start, self.rows.stop, self.columns.start, self.columns.stop
        fields = grow(maps[:, :, top // 2 : bottom // 2, left // 2 : right // 2], "bilinear")
        return torch.cat([h[:, :, top:bottom, left:right], unshuffle(self.cut(picture) - 0.5), fields], 1)

    def change(self, seen, condition, box):
        """What to add to the box [n, 3, 4 * rows, 4 * columns] of the trunk's picture."""
        g = self.enter(fill(seen, self.enter)) + self.place
        for block in self.blocks:
            g = block(g, condition)
        out = shuffle(self.leave(functional.silu(g)))
        return out[:, :3] - out[:, 3:] * box

    def forward(self, h, maps, picture, condition):
        """What to add to the picture [n, 3, 256, 256], zero outside the box."""
        change = self.change(self.sees(h, maps, picture), condition, self.cut(picture))
        return functional.pad(change, (4 * self.columns.start, SIZE - 4 * self.columns.stop, 4 * self.rows.start, SIZE - 4 * self.rows.stop))


class Decoder(nn.Module):
    """Packed fields [n, 24, 16, 16], motion [n, 32] and reference features to pictures [n, 3, 256, 256] in 0..1."""

    def __init__(self):
        super().__init__()
        a, b, c = WIDTHS
        self.lips = LipsRefiner()
        self.motion = nn.Sequential(nn.Linear(32, 64), nn.SiLU())
        self.enter = nn.Conv2d(24 + ID16, a, 3, padding=1)
        self.steer16 = Modulation(64, a)
        self.at16 = Residual(a)
        self.up32 = UpConv(a, b)
        self.merge32 = nn.Conv2d(b + ID32 + 6, b, 1)
        self.at32 = Residual(b, 64)
        self.flow32 = nn.Conv2d(b, 2, 3, padding=1)
        self.up64 = UpConv(b, c)
        self.merge64 = nn.Conv2d(c + ID64, c, 1)
        self.flow64 = nn.Conv2d(c, 2, 3, padding=1)
        self.look = nn.Conv2d(48, c, 1)
        self.at64 = Residual(c, 64)
        self.paint = nn.Conv2d(c, 64, 3, padding=1)
        self.details = nn.ModuleList([Detail(rows, columns) for rows, columns in BOXES.values()])
        for flow in (self.flow32, self.flow64):
            nn.init.normal_(flow.weight, std=0.01)
            nn.init.zeros_(flow.bias)
        with torch.no_grad():
            self.paint.bias[48:] = 1.5
        for name, size in (("grid64", 64), ("grid256", SIZE)):
            self.register_buffer(name, identity_grid(size), persistent=False)
        self.register_buffer("motion_scale", MOTION_SCALE.clone(), persistent=False)

    def forward(self, packed, motion, picture, id16, id32, id64, id_lips):
        """Returns the picture and, for training, the warped reference before painting."""
        painted, warped, h, maps, condition = self.trunk(packed, motion, picture, id16, id32, id64, id_lips)
        return painted + sum(detail(h, maps, painted, condition) for detail in self.details), warped

    def trunk(self, packed, motion, picture, id16, id32, id64, id_lips):
        """The picture without details, the warped reference, and what the painters of details look at."""
        m = self.motion(motion * self.motion_scale)
        maps = self.lips(functional.pixel_shuffle(packed, 2), motion, id_lips)
        packed = functional.pixel_unshuffle(maps, 2)
        h = self.at16(self.steer16(self.enter(torch.cat([packed, id16], 1)), m))
        h = functional.silu(self.up32(h))
        h = functional.silu(self.at32(self.merge32(torch.cat([h, id32, maps], 1)), m))
        flow = maps[:, :2] * TO_GRID + self.flow32(h) * 0.05
        flow = grow(flow, "bilinear")
        h = functional.silu(self.up64(h))
        h = self.merge64(torch.cat([h, sample_at(id64, flow, self.grid64)], 1))
        flow = flow + self.flow64(functional.silu(h)) * 0.05
        flow = functional.interpolate(flow, scale_factor=4.0, mode="bilinear", align_corners=False)
        warped = sample_at(picture, flow, self.grid256)
        h = self.at64(h + self._look(warped - 0.5), m)
        out = torch.sigmoid(shuffle(self.paint(functional.silu(h))))
        keep = out[:, 3:]
        painted = keep * warped + (1 - keep) * out[:, :3]
        return painted, warped, h, maps, torch.cat([m, id16.mean((2, 3))], 1)

    def _look(self, picture):
        """Channels of every cell of 4 x 4 pixels; as one convolution, since taking cells apart costs more than that."""
        return functional.conv2d(picture, self.look.weight.view(-1, 3, 4, 4), self.look.bias, stride=4)
