"""A crude egg-shaped head in the format of the mesh archive, so that the whole chain can run where no mesh is.

    python -m avatarpack.render.standin --out standin.npz

For the short mode and the tests only: nothing that ships is trained on it.
"""

import argparse
from pathlib import Path

import numpy as np

from .mesh import EYE_CENTRES, EYE_VERTICES

VERTICES = 26719
SHAPES = (
    "browDown browInnerUp browOuterUp cheekPuff cheekRaiser eyeBlink eyeLookDown eyeLookUp eyeSquint mouthFrown mouthLowerDown mouthPress "
    "mouthSmile mouthStretch mouthUpperUp noseSneer"
).split()
MIDDLE = "jawForward jawOpen mouthClose mouthFunnel mouthPucker mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper".split()


def sphere(columns, rows, centre, radii, tile):
    """Vertices, triangles facing outwards and texture coordinates of an ellipsoid."""
    a = np.linspace(-np.pi, np.pi, columns)[:, None]
    b = np.linspace(-np.pi / 2, np.pi / 2, rows)[None]
    p = np.stack([np.sin(a) * np.cos(b), np.sin(b) + 0 * a, np.cos(a) * np.cos(b)], -1).reshape(-1, 3) * radii + centre
    uv = np.stack([tile + 0.02 + 0.96 * (a / (2 * np.pi) + 0.5) + 0 * b, 0.02 + 0.96 * (b / np.pi + 0.5) + 0 * a], -1).reshape(-1, 2)
    i, j = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1), indexing="ij")
    q = (i * rows + j).ravel()
    triangles = np.concatenate([np.stack([q, q + rows, q + 1], 1), np.stack([q + 1, q + rows, q + rows + 1], 1)])
    return p, triangles, uv


def build():
    """Arrays of the archive."""
    base, uv = np.zeros((VERTICES, 3), np.float32), np.zeros((VERTICES, 2), np.float32)
    triangles, polygons = [], []

    def put(first, polygon, part):
        p, t, q = part
        base[first : first + len(p)], uv[first : first + len(p)] = p, q
        triangles.append(t + first)
        polygons.append(np.full(len(t), polygon))

    put(0, 0, sphere(64, 48, [0, 0, 2], [8.6, 12, 8.4], 0))
    put(4000, 9300, sphere(24, 12, [0, -10, 1], [5.5, 8, 5.5], 1))
    put(6000, 11200, sphere(20, 10, [0, -3.4, 9.0], [1.6, 0.25, 1.4], 1))
    put(7000, 17100, sphere(20, 8, [0, -3.2, 9.2], [1.2, 0.12, 1.25], 3))
    for k, (first, end) in enumerate(EYE_VERTICES):
        put(first, (21500, 23100)[k], sphere(30, 24, EYE_CENTRES[k] + [0, 0, 0.7], [1.45, 1.45, 1.45], 0))
        assert 30 * 24 <= end - first
        # Unused vertices of the range would move the centre of the eye.
        base[first + 720 : end] = EYE_CENTRES[k] + [0, 0, 0.7]

    landmarks = np.zeros(68, int)
    skin = base[:3072]
    for marks, cx, cy, rx, ry in ((range(36, 42), -3.1, 3.5, 1.3, 0.45), (range(42, 48), 3.1, 3.5, 1.3, 0.45), (range(48, 60), 0, -3.4, 2.4, 0.9)):
        for k, m in enumerate(marks):
            turn = np.pi - 2 * np.pi * k / len(marks)
            landmarks[m] = np.argmin(((skin - [cx + rx * np.cos(turn), cy + ry * np.sin(turn), 10]) ** 2).sum(1))

    x, y = base[:, 0], base[:, 1]
    mouth = np.exp(-((x / 3) ** 2) - ((y + 4.2) / 2.0) ** 2)[:, None]
    names, shapes = [], []
    for name in MIDDLE:
        names.append(name)
        shapes.append(mouth * ([0, -2.0, 0] if name == "jawOpen" else [0, 0.2, 0.3]))
    for name in SHAPES:
        for side, sign in (("L", 1), ("R", -1)):
            centre = (sign * 3.1, 3.6) if name[:3] in ("eye", "bro") else (sign * 1.5, -3)
            near = np.exp(-(((x - centre[0]) / 1.6) ** 2) - ((y - centre[1]) / 1.2) ** 2)[:, None] * (np.arange(VERTICES) < 3072)[:, None]
            names.append(f"{name}_{side}")
            shapes.append(near * ([0, -0.3, 1.6] if name == "eyeBlink" else [0, 0.3, 0.1]))
    rng = np.random.RandomState(0)
    waves = [np.sin(base @ (rng.randn(3, 3) * 0.25) + rng.rand(3) * 6) * 0.25 for _ in range(8)]
    faces = np.concatenate(triangles).astype(np.int32)
    return {
        "base": base,
        "ids": np.array(waves, np.float16),
        "ex": np.array(shapes, np.float16),
        "names": np.array(names),
        "vt": uv,
        "F": faces,
        "FT": faces,
        "P": np.concatenate(polygons).astype(np.int32),
        "lm": landmarks,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, **build())


if __name__ == "__main__":
    main()
