"""Geometry that the head mesh does not have: hair shells, long hair, a bun, and the torso."""

import numpy as np

from .mesh import SKIN, HeadMesh
from .native import library, pointer
from .noise import fractal_noise, step_between, value_noise

LAYERS = 8
THICKNESS = {"short": 0.6, "medium": 1.5, "long": 1.15, "bob": 1.3, "bun": 0.55, "buzz": 0.28}


def density(p, traits):
    """How much hair grows at canonical places [..., 3], 0..1; strands of uneven length blur the hairline."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    broad = (fractal_noise(p, 0.9, 2, traits.seed % 17) - 0.37) * 1.2
    strands = value_noise(p * np.array([4.5, 0.9, 1.5]), 1.0, traits.seed % 23) - 0.5
    edge = traits.hairline + 0.35 * np.cos(x * 0.6) - 0.055 * x * x - traits.recede * step_between(1.2, 3.2, np.abs(x)) * step_between(6.0, 4.2, np.abs(x))
    if traits.fringe:
        edge = edge - traits.fringe * step_between(5.0, 3.0, np.abs(x))
    front = step_between(-0.7, 0.8, y - edge + broad * 0.5 + strands * 0.9)
    side = step_between(0.5, -0.6, z - (3.4 + 0.22 * (y - 3)) + strands * 0.5) * step_between(1.0, 2.2, y - np.where(z > -1.5, 1.0, -5.5))
    back = step_between(-0.5, -2.5, z) * step_between(-8.5, -6.5, y)
    grown = np.maximum(front * (y > 6), np.maximum(side * (y > 1.2), back))
    ear = (np.abs(x) > 7.6) & (y < 4.6) & (z < 3.2) & (z > -3.2)
    return np.where(ear, 0, grown)


def shells(mesh: HeadMesh, neutral, traits):
    """Layers over the scalp: vertices, triangles, canonical places, (mask, layer height) per vertex; None if bald."""
    if traits.style == "bald":
        return None
    scalp = np.ascontiguousarray(mesh.triangles[mesh.part == SKIN])
    normal = np.zeros_like(neutral)
    library().vertex_normals(len(neutral), len(scalp), pointer(scalp), pointer(np.ascontiguousarray(neutral)), pointer(normal))
    mask = density(mesh.base, traits)
    covered = scalp[mask[scalp].max(1) > 0.03]
    used = np.unique(covered)
    renumber = np.full(len(neutral), -1)
    renumber[used] = np.arange(len(used))
    b, m = mesh.base[used], np.clip(mask[used], 0, 1)
    top = step_between(4, 12, b[:, 1])
    locks = (fractal_noise(b, 0.28, 2, traits.hair_seed % 23) - 0.37) * 1.5
    height = THICKNESS[traits.style] * traits.volume * (0.15 + 0.85 * m**1.6) * (0.45 + 0.75 * top) * (1 + 0.5 * locks)
    front = step_between(2, 7, b[:, 2]) * step_between(7, 10, b[:, 1])
    comb = np.stack([traits.parting * 0.14 * front, (0.5 if traits.swept else -0.35) * front, (-1.0 if traits.swept else -0.2) * front], 1)
    comb = comb * (height * 2)[:, None] + np.array([0, -0.25, -0.15]) * (height * (1 - front))[:, None]
    vertices, triangles, hair = [], [], []
    for layer in range(LAYERS):
        f = (layer + 1) / LAYERS
        vertices.append(neutral[used] + normal[used] * (height * f)[:, None] + comb * f * f)
        triangles.append(renumber[covered] + layer * len(used))
        hair.append(np.stack([m, np.full(len(used), f)], 1))
    return np.concatenate(vertices), np.concatenate(triangles), np.tile(b, (LAYERS, 1)), np.concatenate(hair)


def grid(columns, rows, closed):
    """Triangles of a columns x rows sheet, closed around the columns or not."""
    out = []
    for i in range(columns if closed else columns - 1):
        for j in range(rows - 1):
            a, b = i * rows + j, ((i + 1) % columns) * rows + j
            out += [[a, b, a + 1], [b, b + 1, a + 1]]
    return np.array(out, np.int32)


def curtain(traits):
    """Hair that hangs behind the face (long, bob) or the knot of a bun; None for other styles."""
    if traits.style in ("long", "bob"):
        columns, rows = 64, 28
        rng = np.random.RandomState(traits.hair_seed)
        wave, phase = rng.uniform(0.05, 0.45), rng.rand() * 6
        bottom = -17.5 if traits.style == "long" else -8.0
        a = np.linspace(np.radians(62), np.radians(298), columns)[:, None]
        s = np.linspace(0, 1, rows)[None]
        y = 8.5 + (bottom - 8.5) * s
        radius = 8.4 + 1.35 * traits.volume * np.sin(np.pi * np.minimum(1, s * 0.9 + 0.12)) + 0.5 * s
        ripple = (wave * np.sin(9 * a + phase + 3 * s * wave) + 0.2 * np.sin(23 * a + 7 * s)) * 0.4
        narrow = np.where(s < 0.25, 0.80 + 0.8 * s, 1)
        x = np.sin(a) * radius * (1 + 0.05 * s) * narrow + np.sin(a) * ripple
        z = (np.cos(a) * radius * 1.02 - 0.8) * narrow + np.cos(a) * ripple
        return np.stack([x, y + 0.5 * np.sin(7 * a + phase) * s, z], -1).reshape(-1, 3), grid(columns, rows, False)
    if traits.style == "bun":
        columns, rows = 24, 16
        a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[:, None]
        b = np.pi * np.linspace(0, 1, rows)[None]
        knot = np.stack([2.9 * np.sin(b) * np.cos(a), 14.6 + 2.4 * np.cos(b) + 0 * a, -2.5 + 2.9 * np.sin(b) * np.sin(a)], -1)
        return knot.reshape(-1, 3), grid(columns, rows, True)
    return None


def torso(traits):
    """Neckline and shoulders; wide enough at the top to swallow the edge of the head mesh."""
    columns, rows = 64, 26
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[:, None]
    s = np.linspace(0, 1, rows)[None]
    e = np.clip(s * 2.6, 0, 1) ** 0.6
    dip = traits.neckline * np.maximum(0, np.sin(a)) ** 3
    x = (7.0 + 14.9 * e) * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** 0.9
    z = -1.2 + (6.9 + 5.2 * e) * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** 0.9
    y = -11.6 - dip * (1 - s) - 17 * s + 0.9 * (1 - s) * (np.sin(a) < 0)
    return np.stack([x, y, z], -1).reshape(-1, 3), grid(columns, rows, True)
