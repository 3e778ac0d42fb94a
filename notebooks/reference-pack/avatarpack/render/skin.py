"""Paints an identity's texture: linear RGB, lip gloss and ambient occlusion per texel of the atlas."""

import numpy as np

from .atlas import Atlas, segment_distance, spline
from .mesh import EYE_SOCKET, SKIN, SOCKET
from .noise import TABLE, fractal_noise, step_between, value_noise

LIP_TONES = np.array([[0.62, 0.16, 0.2], [0.7, 0.3, 0.32], [0.5, 0.12, 0.16], [0.75, 0.38, 0.36]])


def linear(colour):
    """Display colour to linear light."""
    return np.clip(np.asarray(colour, float), 0, None) ** 2.2


def brow_field(atlas: Atlas, arch, thickness, lift):
    """Density 0..1 of the brows."""
    p = atlas.position
    place = (atlas.part == SKIN) & (p[..., 1] > 3.5) & (p[..., 1] < 9) & (p[..., 2] > 5)
    points = p[place][:, :2]
    density = np.zeros(len(points))
    for side in (1, -1):
        line = np.array([[1.25, 5.75], [2.5, 6.15 + arch * 0.4], [3.9, 6.3 + arch], [5.0, 5.85 + arch * 0.8], [5.75, 5.2 + arch * 0.4]]) + [0, lift]
        line[:, 0] *= side
        curve = spline(line, 5)
        best, where = np.full(len(points), 9.0), np.zeros(len(points))
        for i in range(len(curve) - 1):
            distance, t = segment_distance(points, curve[i], curve[i + 1])
            closer = distance < best
            best[closer], where[closer] = distance[closer], (i + t[closer]) / (len(curve) - 1)
        width = thickness * (0.55 + 0.9 * np.sin(np.pi * np.clip(where * 0.8 + 0.12, 0, 1))) * (1 - 0.35 * where)
        density = np.maximum(density, 1 - step_between(0.45, 1.15, best / width))
    out = np.zeros(atlas.part.shape)
    out[place] = density
    return out


def _blob(p, centre, size):
    return np.exp(-(((p - np.array(centre)) / np.array(size)) ** 2).sum(-1))


def _both(p, centre, size):
    return _blob(p, centre, size) + _blob(p, [-centre[0], *centre[1:]], size)


def paint(atlas: Atlas, traits, hair_density, rng):
    """Texture [TILE, 2 TILE, 5] for `traits`; `hair_density` tints the scalp and shaved heads."""
    p = atlas.position
    dark = traits.skin.mean()
    seed = traits.seed
    mottled = fractal_noise(p, 0.35, 3, seed % 50) - 0.44
    fine = fractal_noise(p, 3.0, 3, seed % 31) - 0.44
    pores = TABLE[tuple((p[..., k] * 23).astype(int) & 31 for k in range(3))] - 0.5
    tone = np.ones(p.shape) * linear(traits.skin) * (1 + 0.25 * mottled + 0.10 * fine + 0.03 * pores)[..., None]

    blush = _both(p, [5, -0.3, 8.5], [2.2, 1.8, 3]) + 0.7 * _blob(p, [0, 0.6, 12.5], [1.2, 1.0, 2]) + 0.35 * _blob(p, [0, -6.5, 10], [1.6, 1.2, 2])
    tone *= 1 - blush[..., None] * rng.uniform(0.08, 0.3) * (1 if dark > 0.45 else 0.4) * np.array([0.05, 0.75, 0.6])
    bags = _both(p, [3.1, 2.3, 9], [1.3, 0.55, 2])
    tone *= 1 - bags[..., None] * (rng.uniform(0.03, 0.15) + 0.15 * traits.age) * np.array([0.8, 1, 0.8])
    lids = _both(p, [2.9, 4.6, 9], [1.9, 0.7, 2])
    tone *= 1 - lids[..., None] * (rng.uniform(0.05, 0.18) + (0.25 * rng.rand() if traits.feminine else 0)) * np.array([0.8, 1, 0.95])
    if rng.rand() < 0.2 and dark > 0.6:
        spots = step_between(0.72, 0.86, value_noise(p, 3.2, seed % 13))
        tone *= 1 - (spots * (blush + 0.3) * 0.5)[..., None] * np.array([0.4, 0.7, 0.9])

    lip = linear(traits.skin) * np.array([0.82, 0.42, 0.42]) * rng.uniform(0.85, 1.1)
    if traits.feminine and rng.rand() < 0.6:
        lip = lip * 0.4 + 0.6 * linear(LIP_TONES[rng.randint(len(LIP_TONES))]) * (0.5 + dark * 0.6)
    inside = 1 - step_between(-0.16, 0.10, atlas.lip_distance)
    lips = np.clip(inside * (0.82 + 0.3 * (value_noise(p * np.array([4, 0.6, 1]), 1.6, 3) - 0.5)), 0, 1) * 0.88
    tone = tone * (1 - lips[..., None]) + lip * lips[..., None]
    line = np.exp(-(((p[..., 1] + 3.36) / 0.12) ** 2)) * (np.abs(p[..., 0]) < 2.3) * (np.abs(atlas.lip_distance) < 3) * atlas.near_mouth
    tone *= 1 - 0.45 * line[..., None]

    if traits.feminine:
        shape = rng.uniform(-0.15, 0.35), rng.uniform(0.28, 0.42), rng.uniform(-0.15, 0.2)
    else:
        shape = rng.uniform(-0.3, 0.15), rng.uniform(0.42, 0.62), rng.uniform(-0.15, 0.2)
    brow = brow_field(atlas, *shape) * np.clip(0.45 + 1.1 * value_noise(p * np.array([1.2, 3.5, 1]), 2.6, 5), 0, 1) * rng.uniform(0.75, 1)
    tone = tone * (1 - brow[..., None]) + linear(traits.brow) * brow[..., None]
    liner = np.exp(-((atlas.eye_line_distance / 0.09) ** 2)) * (0.7 if traits.feminine else 0.45)
    tone = tone * (1 - liner[..., None]) + linear([0.09, 0.06, 0.05]) * liner[..., None]

    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    chin = step_between(-3.3, -4.6, y) * step_between(-11, -8.2, y)
    cheeks = step_between(1.5, -1.0, y) * step_between(4.4, 6.2, np.abs(x)) * 0.9 * (y > -9)
    lip_hair = np.exp(-(((y + 2.0) / 0.55) ** 2)) * (np.abs(x) < 2.9) * (z > 9)
    beard = np.clip(np.maximum(np.maximum(chin, lip_hair), cheeks), 0, 1) * (atlas.part == SKIN)
    beard = beard * (1 - np.clip(lips * 1.4, 0, 1)) * step_between(0.0, 0.35, atlas.lip_distance) * (z > 1.5)
    beard = np.clip(beard * traits.beard * (0.55 + 0.8 * value_noise(p * np.array([3, 1, 3]), 2.5, 9)), 0, 0.95)
    tone = tone * (1 - beard[..., None]) + linear(np.clip(traits.hair * 0.8, 0, 0.5)) * beard[..., None]

    scalp = hair_density * (0.9 if traits.style != "bald" else 0.35 * (0.4 + value_noise(p, 4, 2))) * (atlas.part == SKIN)
    tone = tone * (1 - scalp[..., None]) + linear(traits.hair) * 0.7 * scalp[..., None]
    tone[atlas.part == SOCKET] = linear([0.30, 0.08, 0.08])
    tone[atlas.part == EYE_SOCKET] = linear(traits.skin) * np.array([0.8, 0.45, 0.42])
    return np.ascontiguousarray(np.concatenate([tone, (lips > 0.3)[..., None], occlusion(p, traits)[..., None]], -1).astype(np.float32))


def occlusion(p, traits):
    """Light lost in creases: jaw, nostrils, under the lip, and the lines that come with age."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    out = 1 - 0.55 * step_between(-7.2, -9.5, y) * step_between(9.5, 5.5, z) * (np.abs(x) < 9)
    out *= 1 - 0.35 * np.exp(-((x / 1.6) ** 2 + ((y + 1.3) / 0.45) ** 2)) * (z > 10)
    out *= 1 - 0.22 * np.exp(-((x / 2.2) ** 2 + ((y + 5.0) / 0.5) ** 2)) * (z > 9)
    if traits.age > 0:
        wobble = (value_noise(p, 0.6, traits.seed % 19) - 0.5) * 0.8
        rows = np.maximum(0, np.cos((y + 0.05 * x * x + wobble) * 4.6)) ** 6
        out *= 1 - 0.2 * traits.age * rows * step_between(7.0, 7.8, y) * step_between(11.0, 9.8, y) * step_between(4.8, 3.0, np.abs(x)) * (z > 5)
        fold = np.abs(x) - (2.05 + 0.62 * np.clip(-0.2 - y, 0, 4) ** 0.8)
        out *= 1 - 0.36 * traits.age * np.exp(-((fold / 0.28) ** 2)) * step_between(0.4, -0.6, y) * step_between(-5.0, -3.4, y) * (z > 6)
        feet = np.maximum(0, np.cos((y - 3.3 + 0.5 * wobble) * 5.5 / np.maximum(0.4, np.abs(x) - 4.2))) ** 4
        out *= 1 - 0.22 * traits.age * feet * step_between(4.7, 5.2, np.abs(x)) * step_between(7.2, 6.2, np.abs(x)) * (np.abs(y - 3.3) < 1.6) * (z > 4)
    return out
