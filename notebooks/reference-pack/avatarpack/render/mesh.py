"""The head mesh: loads the reduced ICT-FaceKit archive and sorts its triangles into parts."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..requirements import MissingRequirement

SKIN, SOCKET, GUMS, TEETH, EYE_LEFT, EYE_RIGHT, EYE_SOCKET, SHELL, CURTAIN, TORSO = range(10)

# Ranges of source polygons of the ICT-FaceKit topology and the part each of them is; the lashes are left out, since they
# are solid strips that only a transparency texture would make into hairs.
POLYGONS = (
    (0, 11144, SKIN),
    (11144, 13226, SOCKET),
    (13226, 14034, EYE_SOCKET),
    (14034, 17006, GUMS),
    (17006, 21496, TEETH),
    (21496, 22296, EYE_LEFT),
    (23094, 23894, EYE_RIGHT),
)
EYE_VERTICES = ((21451, 23021), (23021, 24591))
EYE_CENTRES = np.array([[3.08, 3.62, 7.95], [-3.08, 3.62, 7.95]], np.float32)


class MeshUnusable(MissingRequirement):
    """The mesh archive is missing or not what it should be."""


@dataclass
class HeadMesh:
    """Neutral generic head, its identity modes and expression shapes; centimetres, y up, z to the viewer."""

    base: np.ndarray  # [vertices, 3]
    identities: np.ndarray  # [modes, vertices * 3]
    expressions: np.ndarray  # [shapes, vertices * 3]
    names: list
    triangles: np.ndarray  # [triangles, 3]
    part: np.ndarray  # [triangles] uint8
    uv: np.ndarray  # [triangles, 3, 2], u over two tiles (face, back of the head)
    landmarks: np.ndarray  # [68]
    shape_index: dict = field(default_factory=dict)


def load(path) -> HeadMesh:
    """Reads `ict-facekit-light.npz`; `path` is the archive or the directory that holds it."""
    path = Path(path)
    if path.is_dir():
        path = path / "ict-facekit-light.npz"
    if not path.is_file():
        raise MeshUnusable(
            f"no head mesh at {path}: give --mesh the reduced ICT-FaceKit archive (ict-facekit-light.npz), made from the public ICT-VGL/ICT-FaceKit repository as the README says"
        )
    data = np.load(path)
    missing = [k for k in ("base", "ids", "ex", "names", "vt", "F", "FT", "P", "lm") if k not in data]
    if missing:
        raise MeshUnusable(f"{path} lacks the arrays {', '.join(missing)}; it is not a reduced ICT-FaceKit archive")
    polygon = data["P"]
    part = np.full(len(polygon), 255, np.uint8)
    for first, end, which in POLYGONS:
        part[(polygon >= first) & (polygon < end)] = which
    # The generic head ends in a wide skirt that would stick out of the clothes.
    corner = data["base"][data["F"]]
    skirt = ((corner[..., 1] < -11.0) & (np.hypot(corner[..., 0], corner[..., 2] + 1) > 7.4)).any(1)
    keep = (part != 255) & ~skirt
    names = [str(n) for n in data["names"]]
    return HeadMesh(
        base=data["base"].astype(np.float32),
        identities=np.ascontiguousarray(data["ids"].astype(np.float32).reshape(len(data["ids"]), -1)),
        expressions=np.ascontiguousarray(data["ex"].astype(np.float32).reshape(len(names), -1)),
        names=names,
        triangles=np.ascontiguousarray(data["F"][keep].astype(np.int32)),
        part=np.ascontiguousarray(part[keep]),
        uv=np.ascontiguousarray(data["vt"][data["FT"][keep]].astype(np.float32)),
        landmarks=data["lm"],
        shape_index={n: i for i, n in enumerate(names)},
    )
