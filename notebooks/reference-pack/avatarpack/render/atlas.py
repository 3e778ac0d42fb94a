"""Maps from texels to places on the generic head: what every identity's texture is painted from."""

from dataclasses import dataclass

import numpy as np

from .mesh import EYE_SOCKET, SKIN, SOCKET, HeadMesh
from .native import MeshStruct, fill, library, pointer
from .noise import TABLE

TILE = 288  # texels along one tile; the atlas is two tiles wide


@dataclass
class Atlas:
    """Canonical position and part of every texel, and signed distances that skin painting needs."""

    position: np.ndarray  # [TILE, 2 * TILE, 3]
    part: np.ndarray  # [TILE, 2 * TILE]
    lip_distance: np.ndarray  # negative inside the lips, centimetres
    near_mouth: np.ndarray
    eye_line_distance: np.ndarray  # to the lid margins


def spline(points, per_segment):
    """Catmull-Rom curve through points [n, 2]."""
    p = np.asarray(points, float)
    padded = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    curve = []
    for i in range(len(p) - 1):
        a, b, c, d = padded[i : i + 4]
        for t in np.arange(per_segment) / per_segment:
            curve.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3))
    return np.array(curve + [p[-1]])


def segment_distance(p, a, b):
    """Distance of points [..., 2] to the segment a-b, and the place along it in 0..1."""
    along = b - a
    t = np.clip(((p - a) @ along) / (along @ along + 1e-12), 0, 1)
    return np.linalg.norm(p - a - t[..., None] * along, axis=-1), t


def polygon_distance(p, polygon):
    """Signed distance of points [n, 2] to a closed polygon, negative inside."""
    best = np.full(p.shape[:-1], 1e9)
    inside = np.zeros(p.shape[:-1], bool)
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0)):
        best = np.minimum(best, segment_distance(p, a, b)[0])
        crosses = (a[1] > p[..., 1]) != (b[1] > p[..., 1])
        inside ^= crosses & (p[..., 0] < (b[0] - a[0]) * (p[..., 1] - a[1]) / (b[1] - a[1] + 1e-12) + a[0])
    return np.where(inside, -best, best)


def build(mesh: HeadMesh) -> Atlas:
    """Rasterises the head in texture space; gaps between charts take the nearest texel."""
    from scipy.ndimage import distance_transform_edt

    used = np.isin(mesh.part, (SKIN, SOCKET, EYE_SOCKET))
    uv = mesh.uv[used].reshape(-1, 2)
    screen = np.ascontiguousarray(np.stack([uv[:, 0] * TILE, (1 - uv[:, 1]) * TILE, np.ones(len(uv))], 1), np.float32)
    index = np.arange(len(uv), dtype=np.int32)
    part = np.ascontiguousarray(mesh.part[used])
    position = np.ascontiguousarray(mesh.base[mesh.triangles[used].ravel()])
    struct = fill(MeshStruct(), triangles=len(uv) // 3, index=index, part=part, canonical=position, noise=TABLE)
    pixels = 2 * TILE * TILE
    depth = np.full(pixels, 1e9, np.float32)
    triangle = np.full(pixels, -1, np.int32)
    bary = np.zeros(pixels * 2, np.float32)
    native = library()
    native.rasterize(ref(struct), pointer(screen), 2 * TILE, TILE, pointer(depth), pointer(triangle), pointer(bary))
    out = np.zeros((pixels, 3), np.float32)
    native.gather(ref(struct), pixels, 3, pointer(triangle), pointer(bary), pointer(position), pointer(out))
    empty = (triangle < 0).reshape(TILE, 2 * TILE)
    nearest = distance_transform_edt(empty, return_indices=True)[1]
    rows, columns = nearest
    out = out.reshape(TILE, 2 * TILE, 3)[rows, columns]
    parts = np.where(triangle >= 0, part[np.maximum(triangle, 0)], 255).reshape(TILE, 2 * TILE)[rows, columns]

    flat = out[..., :2]
    marks = mesh.base[mesh.landmarks][:, :2]
    near = (np.abs(out[..., 0]) < 4) & (np.abs(out[..., 1] + 3.4) < 3) & (parts == SKIN) & (out[..., 2] > 4)
    outline = np.concatenate([spline(marks[48:55], 6)[:-1], spline(marks[[54, 55, 56, 57, 58, 59, 48]], 6)[:-1]])
    lips = np.full(parts.shape, 9.0)
    lips[near] = polygon_distance(flat[near], outline)
    lids = np.full(parts.shape, 9.0)
    for first in (36, 42):
        eye = marks[first : first + 6]
        close = (parts == SKIN) & (np.abs(flat - eye.mean(0)).max(-1) < 2.6) & (out[..., 2] > 7)
        ring = spline(np.concatenate([eye, eye[:1]]), 5)[:-1]
        lids[close] = np.minimum(lids[close], np.abs(polygon_distance(flat[close], ring)))
    return Atlas(out, parts, lips, near, lids)


def ref(struct):
    """A struct passed by reference."""
    import ctypes

    return ctypes.byref(struct)
