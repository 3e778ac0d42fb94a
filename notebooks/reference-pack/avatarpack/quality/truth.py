"""The renderer's own frames of each clip, rendered once and kept: what generated frames are compared with."""

from pathlib import Path

import numpy as np

from ..render import atlas, identity, mesh
from ..render.expression import POSE, rotation, shape_weights
from ..render.scene import SIZE, Scene
from ..requirements import require_space


def moments(frames):
    """The frames that are rendered: pairs of neighbours, two of every five, as many within a block as across two blocks.

    Quality is a mean over frames; rendering all of them would cost 2.5 times as much and move no mean.
    """
    return [t for t in range(frames) if t % 5 < 2]


UPPER_LIP, LOWER_LIP, EYES = (61, 62, 63), (67, 66, 65), ((36, 42), (42, 48))


def lip_distance(head, seed, motion):
    """Inner lips apart over the distance of the eyes, [frames], as the driving motion [frames, 32] poses this person's mesh.

    Both as seen from the front, since that is what a picture shows: a bowed head makes an open mouth look less open."""
    shape = identity.draw_traits(seed, len(head.identities)).shape
    marks = head.landmarks
    neutral = (head.base + np.tensordot(shape, head.identities, 1).reshape(-1, 3))[marks]
    shapes = head.expressions.reshape(len(head.names), -1, 3)[:, marks]
    posed = neutral + np.einsum("fs,sij->fij", np.stack([shape_weights(head, m) for m in motion]), shapes)
    seen = np.stack([p @ rotation(*m[POSE]).T for p, m in zip(posed, motion)])[..., :2]
    apart = np.linalg.norm(seen[:, list(UPPER_LIP)] - seen[:, list(LOWER_LIP)], axis=-1).mean(1)
    left, right = (seen[:, a:b].mean(1) for a, b in EYES)
    return apart / np.linalg.norm(left - right, axis=-1)


class Renderer:
    """Renders clips; the mesh is loaded on first use, so that a run with everything in the cache does not need it."""

    def __init__(self, mesh_path):
        self.mesh_path, self.head, self.texels = mesh_path, None, None

    def mesh(self):
        if self.head is None:
            self.head = mesh.load(self.mesh_path)
        return self.head

    def scene(self, seed):
        self.mesh()
        if self.texels is None:
            self.texels = atlas.build(self.head)
        return Scene(self.head, identity.create(self.head, self.texels, seed))

    def truth(self, folder, clip):
        """(reference [256, 256, 3], frames [m, 256, 256, 3] mapped from the disk) of a clip; frame k shows moment moments()[k]."""
        folder, shown = Path(folder) / clip.name(), moments(len(clip.motion))
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "frames.npy").exists():
            require_space(folder, 2 * len(shown) * SIZE * SIZE * 3 // 2**20 + 16)
            scene = self.scene(clip.seed)
            scratch = folder / "frames.part"
            frames = np.lib.format.open_memmap(scratch, "w+", np.uint8, (len(shown), SIZE, SIZE, 3))
            for k, t in enumerate(shown):
                frames[k] = scene.render(clip.motion[t])
            frames.flush()
            np.save(folder / "reference.npy", scene.render(np.zeros(32, np.float32)))
            scratch.replace(folder / "frames.npy")
            print(f"rendered clip {clip.name()}: {len(shown)} frames", flush=True)
        return np.load(folder / "reference.npy"), np.load(folder / "frames.npy", mmap_mode="r")

    def aperture(self, folder, clip):
        """What the driving track opens the lips, [frames]; see lip_distance."""
        path = Path(folder) / clip.name() / "lips.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, lip_distance(self.mesh(), clip.seed, clip.motion))
        return np.load(path)
