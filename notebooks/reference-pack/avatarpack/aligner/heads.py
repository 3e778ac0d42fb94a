"""Renders the heads that the aligner learns from: cut out, looking anywhere, with five points on the face.

    python -m avatarpack.aligner.heads --mesh MESH --out HEADS --people 120 --poses 12

One file a person, so that a stopped run is resumed by the same command. Arrays: pictures uint8 [n, 192, 192, 4] (RGB and coverage), points [n, 5, 2] (eyes, nose, corners of the mouth, left of the
picture first; pixels), yaw and pitch [n] (radians).
"""

import argparse
from pathlib import Path

import numpy as np

from ..render import atlas, identity, mesh
from ..render.scene import Scene
from ..requirements import require_space
from ..visual import motions

SIZE = 192
# Ranges of the 68 landmarks whose mean is a point.
POINTS = ((36, 42), (42, 48), (30, 31), (48, 49), (54, 55))


def points_of(screen, landmarks):
    """The five points [5, 2] in pixels."""
    marks = screen[landmarks][:, :2]
    return np.stack([marks[a:b].mean(0) for a, b in POINTS])


def poses(rng, count):
    """Motions [count, 32]: half of them nearly frontal, the others turned up to and beyond the profile."""
    out = np.stack([motions.sample(rng, 12, dense=True)[6] for _ in range(count)])
    for motion in out:
        wide = rng.rand() < 0.5
        motion[24] = rng.uniform(-0.5, 0.5) if wide else rng.randn() * 0.12
        motion[25] = rng.uniform(-1.9, 1.9) if wide else rng.randn() * 0.22
        motion[26] = 0
        if rng.rand() < 0.04:
            motion[25] = rng.uniform(2.2, 4.0)
    return out.astype(np.float32)


def render_person(head, texels, seed, count):
    """Arrays of all poses of one person."""
    scene = Scene(head, identity.create(head, texels, seed), size=SIZE, samples=1)
    pictures, points = [], []
    motion = poses(np.random.RandomState(seed + 31), count)
    for pose in motion:
        world = scene.vertices(pose)
        screen = scene.project(world)
        triangle, bary = scene.visible(screen)
        cover = (triangle >= 0).reshape(SIZE, SIZE).astype(np.uint8) * 255
        pictures.append(np.dstack([scene.picture(world, triangle, bary), cover]))
        points.append(points_of(screen, head.landmarks))
    return {"pictures": np.stack(pictures), "points": np.stack(points).astype(np.float32), "pitch": motion[:, 24], "yaw": motion[:, 25]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mesh", required=True, help="reduced ICT-FaceKit archive or its folder")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--first", type=int, default=400_000, help="seed of the first person")
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--poses", type=int, default=12)
    options = parser.parse_args()
    head = mesh.load(options.mesh)
    require_space(options.out, options.people * options.poses * SIZE * SIZE * 4 // 2**20 + 64)
    texels = None
    for seed in range(options.first, options.first + options.people):
        target = options.out / f"{seed}.npz"
        if not target.exists():
            texels = texels or atlas.build(head)
            scratch = target.with_suffix(".part")
            with scratch.open("wb") as sink:
                np.savez(sink, **render_person(head, texels, seed, options.poses))
            scratch.replace(target)
            print(target.name, flush=True)


if __name__ == "__main__":
    main()
