"""Value noise on a periodic lattice of 32^3 random numbers, the same table as the C code reads."""

import numpy as np

TABLE = np.random.RandomState(7).rand(32, 32, 32).astype(np.float32)


def value_noise(points, frequency, seed=0):
    """Smooth noise in 0..1 at `points` [..., 3]."""
    q = points * frequency + seed * 7.31
    cell = np.floor(q).astype(int)
    f = q - cell
    f = f * f * (3 - 2 * f)
    total = 0
    for corner in np.ndindex(2, 2, 2):
        i = [(cell[..., k] + corner[k]) & 31 for k in range(3)]
        weight = np.prod([f[..., k] if corner[k] else 1 - f[..., k] for k in range(3)], axis=0)
        total = total + TABLE[i[0], i[1], i[2]] * weight
    return total


def fractal_noise(points, frequency, octaves, seed=0):
    """Sum of octaves of halving amplitude, mean about 0.5 (1 - 2^-octaves)."""
    return sum(value_noise(points, frequency * 2**k, seed + k) * 0.5 ** (k + 1) for k in range(octaves))


def step_between(a, b, x):
    """Cubic step from 0 at `a` to 1 at `b` (a may be above b)."""
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)
