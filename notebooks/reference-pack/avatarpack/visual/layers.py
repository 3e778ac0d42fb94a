"""Small building blocks shared by the networks; all of them export to plain ONNX operators."""

import torch
from torch import nn
from torch.nn import functional

# Multipliers that bring the raw motion channels to similar size: gaze, pose, head shift.
MOTION_SCALE = torch.ones(32)
MOTION_SCALE[22:24] = 5
MOTION_SCALE[24:27] = 8
MOTION_SCALE[27:29] = 3
# Range of the raw motion channels that training shows; graphs hold what comes from outside to it.
MOTION_LOW, MOTION_HIGH = torch.zeros(32), torch.ones(32)
MOTION_HIGH[22:29] = torch.tensor([0.35, 0.22, 0.18, 0.26, 0.20, 0.6, 0.4])
MOTION_LOW[22:29] = -MOTION_HIGH[22:29]


JAW, ENERGY = 0, 31
ENERGY_OF_JAW, ENERGY_AT_REST = 1.5, 0.05


def scripted_energy(jaw):
    """What the training clips have in the place of the speech energy: a function of the jaw, numbers or tensors alike."""
    return (ENERGY_OF_JAW * jaw + ENERGY_AT_REST).clip(0, 1)


class MotionRange(nn.Module):
    """Brings motion [..., 32] to what training shows: clamped, since networks draw nonsense beyond, while a clamped head just
    stops; and with the energy that goes with the jaw there. The sound's own loudness is no picture of the lips: networks that
    learned with one that follows the jaw would open the mouth by it."""

    def __init__(self):
        super().__init__()
        self.register_buffer("low", MOTION_LOW.clone(), persistent=False)
        self.register_buffer("high", MOTION_HIGH.clone(), persistent=False)

    def forward(self, motion):
        held = torch.maximum(torch.minimum(motion, self.high), self.low)
        return torch.cat([held[..., :ENERGY], scripted_energy(held[..., JAW : JAW + 1])], -1)


class Modulation(nn.Module):
    """Per-channel scale and shift drawn from a condition vector (FiLM, Perez et al. 2018)."""

    def __init__(self, condition, channels):
        super().__init__()
        self.linear = nn.Linear(condition, 2 * channels)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, h, condition):
        scale, shift = self.linear(condition)[:, :, None, None].chunk(2, 1)
        return h * (1 + scale) + shift


class Residual(nn.Module):
    """Two 3 x 3 convolutions around an identity; normalisation-free, so that every item of a batch stands alone."""

    def __init__(self, channels, condition=0):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)
        self.modulation = Modulation(condition, channels) if condition else None

    def forward(self, h, condition=None):
        r = self.first(functional.silu(h))
        if self.modulation is not None:
            r = self.modulation(r, condition)
        return h + self.second(functional.silu(r))


KERNEL_CHANNELS = 8  # ONNX Runtime's quick convolutions take channels in multiples of this


def blocked(conv):
    """A convolution filled up with input channels of no weight to a multiple of eight, which runs more than twice as fast."""
    missing = -conv.in_channels % KERNEL_CHANNELS
    if not missing:
        return conv
    wide = nn.Conv2d(conv.in_channels + missing, conv.out_channels, conv.kernel_size, conv.stride, conv.padding)
    with torch.no_grad():
        wide.weight.copy_(torch.cat([conv.weight, torch.zeros_like(conv.weight[:, :missing])], 1))
        wide.bias.copy_(conv.bias)
    return wide


def fill(h, conv):
    """h with as many of its first channels once more as a blocked `conv` asks for; they have no weight there."""
    missing = conv.in_channels - h.shape[1]
    return torch.cat([h, h[:, :missing]], 1) if missing else h


def upscaling_taps():
    """Weights [9, 16] that make of a 3 x 3 kernel the four kernels of 2 x 2 which it is to the rows and columns that are doubled."""
    halves = torch.tensor([[[1.0, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]])  # parity, row of the small kernel, row of the large
    return torch.einsum("yar,xbc->rcyxab", halves, halves).reshape(9, 16)


class UpConv(nn.Conv2d):
    """The convolution, 3 x 3, of a picture that is doubled before, each pixel to two by two.

    Of nine pixels under the kernel, many are the same one; so this is four convolutions of 2 x 2 at the size before, at less
    than half the work.
    """

    def __init__(self, channels, out_channels):
        super().__init__(channels, out_channels, 3, padding=1)
        self.register_buffer("taps", upscaling_taps(), persistent=False)

    def forward(self, h):
        n, (rows, columns) = self.out_channels, h.shape[2:]
        kernels = (self.weight.flatten(2) @ self.taps).view(n, -1, 4, 2, 2).permute(2, 0, 1, 3, 4).flatten(0, 1)
        wide = functional.conv2d(h, kernels, self.bias.repeat(4), padding=1)
        # Kernel (y, x) made pixel (y, x) of every two by two; it stands y rows and x columns further on.
        parts = [[wide[:, k * n :][:, :n, y : y + rows, x : x + columns] for x, k in ((0, 2 * y), (1, 2 * y + 1))] for y in (0, 1)]
        lines = [torch.stack(line, -1).flatten(3) for line in parts]
        return torch.stack(lines, 3).view(-1, n, 2 * rows, 2 * columns)


def unshuffle(picture, cell=4):
    """pixel_unshuffle, in two moves that ONNX Runtime does several times as fast as the one."""
    n, c, rows, columns = picture.shape
    by_column = picture.reshape(n, c * rows, columns // cell, cell).transpose(2, 3)
    apart = by_column.reshape(n, c, rows // cell, cell * cell, columns // cell).transpose(2, 3)
    return apart.reshape(n, c * cell * cell, rows // cell, columns // cell)


def shuffle(cells, cell=4):
    """pixel_shuffle, in two moves that ONNX Runtime does faster than the one."""
    n, c, rows, columns = cells.shape
    lines = cells.reshape(n, c // cell, cell, rows * columns).transpose(2, 3).reshape(n, c // cell**2, cell, rows, cell * columns)
    return lines.transpose(2, 3).reshape(n, c // cell**2, cell * rows, cell * columns)


def grow(h, mode="nearest"):
    """Doubles the resolution."""
    if mode == "nearest":
        return functional.interpolate(h, scale_factor=2.0, mode="nearest")
    return functional.interpolate(h, scale_factor=2.0, mode="bilinear", align_corners=False)


def identity_grid(size):
    """Sampling grid [1, size, size, 2] that leaves a picture as it is, in the -1..1 coordinates of grid_sample."""
    line = (torch.arange(size) + 0.5) / size * 2 - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1)[None]


def sample_at(picture, flow, grid):
    """Pulls the square `picture` along `flow` [batch, 2, h, w], displacement in units where the picture is 2 wide.

    Border padding by hand: ONNX Runtime's own is four times slower than zero padding.
    """
    edge = 1 - 1 / int(picture.shape[-1])
    at = (grid + flow.permute(0, 2, 3, 1)).clamp(-edge, edge)
    return functional.grid_sample(picture, at, mode="bilinear", padding_mode="zeros", align_corners=False)
