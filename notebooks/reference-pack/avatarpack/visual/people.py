"""Renders the people that come with the pack: neutral, facing the camera, 256 x 256.

    python -m avatarpack.visual.people --mesh MESH --out PACK_DIR/identities
"""

import argparse
from pathlib import Path

import numpy as np

from ..render import atlas, identity, mesh, png
from ..render.scene import Scene

# Seeds outside every training range (below 100000) and what is fixed about each person; the rest follows from the seed.
PEOPLE = {
    "ada": (910_012, {"feminine": True, "tone": 0, "hair": 2, "style": "long", "age": 0.1}),
    "ben": (910_024, {"feminine": False, "tone": 1, "hair": 3, "style": "short", "age": 0.3, "beard": 0.45}),
    "chidi": (910_033, {"feminine": False, "tone": 5, "hair": 0, "style": "buzz", "age": 0.2, "beard": 0.25}),
    "dalia": (910_046, {"feminine": True, "tone": 2, "hair": 0, "style": "bob", "age": 0.25}),
    "elena": (910_057, {"feminine": True, "tone": 6, "hair": 7, "style": "long", "age": 0.9}),
    "farid": (910_068, {"feminine": False, "tone": 3, "hair": 1, "style": "medium", "age": 0.45, "beard": 0.9}),
    "grace": (910_079, {"feminine": True, "tone": 4, "hair": 0, "style": "bob", "age": 0.15}),
    "hugo": (910_088, {"feminine": False, "tone": 7, "hair": 6, "style": "bald", "age": 0.85, "beard": 0.0}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mesh", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    head = mesh.load(options.mesh)
    texels = atlas.build(head)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, (seed, chosen) in PEOPLE.items():
        scene = Scene(head, identity.create(head, texels, seed, **chosen), samples=4)
        png.write(options.out / f"{name}.png", scene.render(np.zeros(32, np.float32)))
        print(f"{name}.png")


if __name__ == "__main__":
    main()
