"""Puts cut-out heads into cluttered pictures, and says where their faces are.

Every call makes new pictures: clutter, none to three heads of any size, turn and place, glasses, hats and hands over them,
and a style over all. Pictures without a face, zoomed details and backs of heads teach what a face is not.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..requirements import MissingRequirement
from . import styles
from .net import CELLS, SIZE, STRIDE

SOURCE = (192, 96, 48, 24)
PROFILE = 1.95  # radians; turned further, a head shows no face
FACES = 3


class Heads:
    """The rendered heads as tensors, at four resolutions, so that small ones are not aliased."""

    def __init__(self, folder):
        files = sorted(Path(folder).glob("*.npz"))
        if not files:
            raise MissingRequirement(f'folder "{folder}" holds no heads; make them with "python -m avatarpack.aligner.heads"')
        people = [np.load(file) for file in files]
        data = {name: np.concatenate([person[name] for person in people]) for name in ("pictures", "points", "pitch", "yaw")}
        full = torch.from_numpy(data["pictures"]).permute(0, 3, 1, 2)
        self.levels = [full]
        for _ in SOURCE[1:]:
            self.levels.append(functional.avg_pool2d(self.levels[-1].float(), 2).round().byte())
        self.points = torch.from_numpy(data["points"])
        self.angles = torch.from_numpy(np.stack([data["pitch"], data["yaw"]], 1))
        self.away = self.angles[:, 1].abs() > PROFILE

    def __len__(self):
        return len(self.points)


def flip(points, width):
    """Points of the mirrored picture."""
    mirrored = points[[1, 0, 2, 4, 3]].clone()
    mirrored[:, 0] = width - mirrored[:, 0]
    return mirrored


def clutter(rng, count):
    """Pictures [count, 3, SIZE, SIZE] of smooth fields and random shapes, with nobody in them."""
    contrast = styles.per_picture(rng, count, 0.05, 1.6)
    tone = torch.rand(count, 3, 1, 1, generator=rng)
    field = styles.clouds(rng, count, SIZE)
    plain = styles.chance(rng, count, 0.25)
    picture = (tone + (torch.lerp(field, field.mean(1, keepdim=True), plain) - 0.5) * contrast).clamp(0, 1)
    line = torch.linspace(-1, 1, SIZE)
    x, y = line[None, None, None, :], line[None, None, :, None]
    many = torch.randint(0, 14, (count, 1, 1, 1), generator=rng)
    for k in range(13):
        angle = styles.per_picture(rng, count, 0, math.pi)
        cx, cy = styles.per_picture(rng, count, -1, 1), styles.per_picture(rng, count, -1, 1)
        u = (x - cx) * angle.cos() + (y - cy) * angle.sin()
        v = (y - cy) * angle.cos() - (x - cx) * angle.sin()
        wide = torch.exp(styles.per_picture(rng, count, -3.2, 0))
        high = wide * torch.exp(styles.per_picture(rng, count, -1.5, 1.0))
        power = styles.chance(rng, count, 0.5) * 6 + 2
        reach = (u / wide).abs() ** power + (v / high).abs() ** power
        mask = ((1.1 - reach) * 6).clamp(0, 1)
        colour = torch.rand(count, 3, 1, 1, generator=rng)
        skin = torch.tensor([0.8, 0.6, 0.5])[None, :, None, None] * styles.per_picture(rng, count, 0.3, 1.15)
        colour = torch.where(styles.chance(rng, count, 0.3) > 0, skin.expand_as(colour), colour)
        stripes = 1 + 0.5 * styles.chance(rng, count, 0.3) * torch.sign(torch.sin(u * styles.per_picture(rng, count, 10, 60)))
        picture = torch.lerp(picture, (colour * stripes).clamp(0, 1), mask * (many > k).float())
    return picture


class Backdrops:
    """A stock of clutter, since drawing it anew costs as much as a training step; mirrored and shifted at each use."""

    def __init__(self, rng, count=480):
        self.stock = torch.cat([(clutter(rng, 24) * 255).byte() for _ in range(-(-count // 24))])

    def draw(self, rng, count):
        """Pictures [count, 3, SIZE, SIZE]."""
        picture = self.stock[torch.randint(len(self.stock), (count,), generator=rng)].float() / 255
        if torch.rand(1, generator=rng) < 0.5:
            picture = picture.flip(-1)
        if torch.rand(1, generator=rng) < 0.5:
            picture = picture.transpose(-1, -2)
        picture = picture.roll(torch.randint(SIZE, (2,), generator=rng).tolist(), (-1, -2))
        return picture[:, torch.randperm(3, generator=rng)]


def _cover(rng, count, points, eye):
    """Glasses, hats and hands: coverage [n, 1, h, w] and colour, placed by the five points; mostly nothing."""
    line = (torch.arange(SIZE) + 0.5)[None]
    x, y = line[:, None, None, :], line[:, None, :, None]

    def ellipse(centre, wide, high):
        return ((x - centre[:, 0].view(-1, 1, 1, 1)) / wide) ** 2 + ((y - centre[:, 1].view(-1, 1, 1, 1)) / high) ** 2

    e = eye.view(-1, 1, 1, 1)
    rim = torch.zeros(count, 1, SIZE, SIZE)
    wide, thick = styles.per_picture(rng, count, 0.28, 0.45) * e, styles.per_picture(rng, count, 0.10, 0.25)
    dark = styles.chance(rng, count, 0.25)
    for k in (0, 1):
        r = ellipse(points[:, k], wide, wide * styles.per_picture(rng, count, 0.75, 1.0)).sqrt()
        rim = torch.maximum(rim, ((thick - (r - 1).abs()) * 8).clamp(0, 1))
        rim = torch.maximum(rim, dark * 0.85 * ((1 - r) * 8).clamp(0, 1))
    cover = rim * styles.chance(rng, count, 0.14)
    up = points[:, :2].mean(1) - points[:, 3:].mean(1)
    hat = points[:, :2].mean(1) + up * (0.95 + torch.rand(count, 1, generator=rng) * 0.5)
    cover = torch.maximum(cover, ((1 - ellipse(hat, 1.35 * e, styles.per_picture(rng, count, 0.45, 0.7) * e)) * 6).clamp(0, 1) * styles.chance(rng, count, 0.12))
    hand = points[:, 2] + torch.randn(count, 2, generator=rng) * eye[:, None] * 1.1
    cover = torch.maximum(cover, ((1 - ellipse(hand, 0.45 * e, 0.6 * e)) * 5).clamp(0, 1) * styles.chance(rng, count, 0.10))
    return cover, torch.rand(count, 3, 1, 1, generator=rng) * styles.per_picture(rng, count, 0.1, 1)


def _place(rng, heads, many):
    """Draws which head goes where: indices, target transform (cos, sin, scales, shift), mirrored or not."""
    index = torch.randint(len(heads), (many,), generator=rng)
    mirrored = torch.rand(many, generator=rng) < 0.5
    angle = (torch.randn(many, generator=rng) * 0.22).clamp(-0.8, 0.8)
    eye = torch.exp(torch.rand(many, generator=rng) * (math.log(70) - math.log(7)) + math.log(7))
    framed = torch.rand(many, generator=rng) < 0.35
    eye = torch.where(framed, torch.exp(torch.randn(many, generator=rng) * 0.22) * 36, eye)
    stretch = torch.exp(torch.randn(many, generator=rng) * 0.09)
    centre = torch.rand(many, 2, generator=rng) * SIZE
    centre = torch.where(framed[:, None], torch.randn(many, 2, generator=rng) * 14 + SIZE / 2, centre)
    return index, mirrored, angle, eye, stretch, centre


def _paste(rng, heads, backdrops, picture, zoomed):
    """Draws one more head into every picture; returns pictures, points [n, 5, 2], eye distance, angles, whether it looks away, and centre."""
    n = len(picture)
    index, mirrored, angle, eye, stretch, centre = _place(rng, heads, n)
    eye = torch.where(zoomed, eye.clamp(min=30) * 6, eye)
    source = heads.points[index]
    source = torch.where(mirrored[:, None, None], torch.stack([flip(p, SOURCE[0]) for p in source]), source)
    middle = (source[:, :2].mean(1) + source[:, 3:].mean(1)) / 2
    scale = eye / 73.0  # the eye distance of a frontal head at 192 pixels
    cos, sin = angle.cos() * scale, angle.sin() * scale
    forward = torch.stack([torch.stack([cos * stretch, -sin / stretch], -1), torch.stack([sin * stretch, cos / stretch], -1)], -2)
    points = torch.einsum("nij,nkj->nki", forward, source - middle[:, None]) + centre[:, None]
    line = torch.arange(SIZE) + 0.5
    y, x = torch.meshgrid(line, line, indexing="ij")
    target = torch.stack([x, y], -1)[None] - centre[:, None, None]
    # A face drawn by hand has larger eyes: pull a disc around them from nearer its middle.
    grow = (torch.rand(n, generator=rng) < 0.2).float() * torch.rand(n, generator=rng) * 0.35
    back = torch.einsum("nij,nhwj->nhwi", torch.linalg.inv(forward), target) + middle[:, None, None]
    for k in (0, 1):
        off = back - source[:, k][:, None, None]
        pull = torch.exp(-((off / 22) ** 2).sum(-1, keepdim=True)) * grow.view(-1, 1, 1, 1)
        back = back - off * pull
    grid = back / SOURCE[0] * 2 - 1
    grid = torch.stack([torch.where(mirrored.view(-1, 1, 1), -grid[..., 0], grid[..., 0]), grid[..., 1]], -1)
    level = torch.log2(1 / scale.clamp(max=1)).round().clamp(0, len(SOURCE) - 1).long()
    cut = torch.zeros(n, 4, SIZE, SIZE)
    for k in range(len(SOURCE)):
        rows = torch.nonzero(level == k)[:, 0]
        if len(rows):
            cut[rows] = functional.grid_sample(heads.levels[k][index[rows]].float() / 255, grid[rows], mode="bilinear", padding_mode="zeros", align_corners=False)
    inside = ((grid.abs() < 1).all(-1)).float()[:, None]
    whole = styles.chance(rng, n, 0.3)
    cover = torch.lerp(cut[:, 3:], inside, whole)
    colour = styles.light(rng, cut[:, :3])
    rough = backdrops.draw(rng, n)
    colour = (colour * (1 + (rough - 0.5) * styles.per_picture(rng, n, 0, 0.8))).clamp(0, 1)
    made = torch.lerp(picture, colour, cover)
    angles = torch.where(mirrored[:, None], heads.angles[index] * torch.tensor([1.0, -1.0]), heads.angles[index])
    over, paint = _cover(rng, n, points, eye)
    made = torch.lerp(made, paint.expand_as(made), over * inside)
    return made, points, eye, angles, heads.away[index], centre


def batch(rng, heads, backdrops, count):
    """Pictures [count, 3, SIZE, SIZE] and targets: heat and owner [count, CELLS, CELLS] (owner < 0: do not judge), points
    [..., 5, 2], angles [..., 2] and scale (eye distance of a frontal head of that size, pixels)."""
    picture = backdrops.draw(rng, count)
    target = {
        "heat": torch.zeros(count, CELLS, CELLS),
        "owner": torch.zeros(count, CELLS, CELLS),
        "points": torch.zeros(count, CELLS, CELLS, 5, 2),
        "angles": torch.zeros(count, CELLS, CELLS, 2),
        "scale": torch.ones(count, CELLS, CELLS),
    }
    wanted = torch.multinomial(torch.tensor([0.2, 0.58, 0.14, 0.08]), count, replacement=True, generator=rng)
    zoomed = (wanted == 0) & (torch.rand(count, generator=rng) < 0.35)
    taken = torch.full((count, FACES, 3), -9e3)
    for k in range(FACES):
        rows = torch.nonzero((wanted > k) | (zoomed & (k == 0)))[:, 0]
        if len(rows) == 0:
            break
        made, points, eye, angles, away, centre = _paste(rng, heads, backdrops, picture[rows], zoomed[rows])
        apart = ((centre[:, None] - taken[rows, :, :2]) ** 2).sum(-1).sqrt() > 1.9 * (eye[:, None] + taken[rows, :, 2].clamp(min=0))
        free = apart.all(1)
        rows, made, points, eye, angles, away, centre = (v[free] for v in (rows, made, points, eye, angles, away, centre))
        picture[rows] = made
        taken[rows, k] = torch.cat([centre, eye[:, None]], 1)
        _mark(target, rows, points, eye, centre, angles, ~zoomed[rows] & ~away)
    return styles.restyle(rng, picture), target


def _mark(target, rows, points, eye, centre, angles, shown):
    """Writes the faces of some pictures into the targets."""
    line = (torch.arange(CELLS) + 0.5) * STRIDE
    visible = ((points > 2) & (points < SIZE - 2)).all(-1).float().mean(1)
    far = (line[None, None, :] - centre[:, 0].view(-1, 1, 1)) ** 2 + (line[None, :, None] - centre[:, 1].view(-1, 1, 1)) ** 2
    bump = torch.exp(-far / (2 * (0.22 * eye).clamp(min=5.0).view(-1, 1, 1) ** 2))
    bump = bump / bump.flatten(1).amax(1).clamp(min=1e-3).view(-1, 1, 1) * (shown & (visible > 0.75)).view(-1, 1, 1)
    mine = bump > target["heat"][rows].clamp(min=0.25)
    # A face that is only half in the picture is neither one nor none.
    unsure = (shown & (visible <= 0.75) & (visible > 0.2)).view(-1, 1, 1) & (far < (1.2 * eye.view(-1, 1, 1)) ** 2)
    target["heat"][rows] = torch.maximum(target["heat"][rows], bump)
    owner = torch.where(mine, bump, target["owner"][rows])
    target["owner"][rows] = torch.where(unsure, torch.full_like(owner, -1.0), owner)
    for name, value in (("points", points[:, None, None]), ("angles", angles[:, None, None]), ("scale", eye.view(-1, 1, 1))):
        where = mine.view(*mine.shape, *[1] * (value.dim() - 3))
        target[name][rows] = torch.where(where, value, target[name][rows])
