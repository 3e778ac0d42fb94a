"""Motion fields: what the latent is. Six maps at 32 x 32 that say where every place of a frame is in the reference picture.

0/1: displacement to the reference in pixels of 256 (x right, y down); 2: mouth interior, 3: eyeball, 5: teeth (coverage
0..1); 4: foreground coverage. Packed by pixel-unshuffle into the latent [24, 16, 16], channel = field * 4 + 2 * row + column.
"""

import numpy as np

from ..render.mesh import EYE_CENTRES, EYE_LEFT, EYE_RIGHT, EYE_SOCKET, GUMS, SKIN, SOCKET, TEETH
from ..render.scene import SIZE

GRID, REGION_GRID, FIELDS, LATENT_CHANNELS = 32, 64, 6, 24
# Multiplier and offset of each field in the latent.
SCALE = np.array([1 / 8, 1 / 8, 4, 4, 2, 4], np.float32)
OFFSET = np.array([0, 0, 0, 0, -1, 0], np.float32)
PIXELS_PER_UNIT = 8.0  # pixels of 256 that one unit of a latent's flow stands for


def pool(values, grid):
    """Means over a grid of cells; values [size * size] of a square picture."""
    size = int(np.sqrt(len(values)))
    return values.reshape(grid, size // grid, grid, size // grid).mean((1, 3), dtype=np.float32)


def extract(scene, triangle, bary, reference_screen):
    """Fields float16 [6, 32, 32] and region weights uint8 [2, 64, 64] (eyes, mouth) of one posed frame.

    reference_screen: projected vertices of the same person in the reference pose.
    """
    width, every = scene.size * scene.samples, scene.samples
    to_pixels = SIZE / width
    # One sample a pixel is enough for means over cells, and four times quicker.
    triangle = np.ascontiguousarray(triangle.reshape(width, width)[::every, ::every]).ravel()
    bary = np.ascontiguousarray(bary.reshape(width, width, 2)[::every, ::every]).ravel()
    at = scene.gather(triangle, bary, np.concatenate([reference_screen[:, :2], scene.canonical], 1))
    covered = triangle >= 0
    part = np.where(covered, scene.part[np.maximum(triangle, 0)], 255)
    ys, xs = np.mgrid[0:width:every, 0:width:every].astype(np.float32) + 0.5
    foreground = pool(covered, GRID)
    safe = np.maximum(foreground, 0.02)
    dx = pool((at[:, 0] - xs.ravel()) * covered, GRID) / safe * to_pixels
    dy = pool((at[:, 1] - ys.ravel()) * covered, GRID) / safe * to_pixels
    eyeball = (part == EYE_LEFT) | (part == EYE_RIGHT)
    teeth = part == TEETH
    interior = teeth | (part == SOCKET) | (part == GUMS)
    fields = np.stack([dx, dy, pool(interior, GRID), pool(eyeball, GRID), foreground, pool(teeth, GRID)])

    x, y, z = at[:, 2], at[:, 3], at[:, 4]
    front = (part == SKIN) & (z > 4)
    near_eye = np.minimum(*[((x - c[0]) / 2.3) ** 2 + ((y - c[1]) / 1.5) ** 2 for c in EYE_CENTRES]) < 1
    eyes = eyeball | (part == EYE_SOCKET) | (front & near_eye)
    mouth = interior | (front & ((x / 3.3) ** 2 + ((y + 3.5) / 2.0) ** 2 < 1))
    regions = np.stack([pool(eyes, REGION_GRID), pool(mouth, REGION_GRID)])
    return fields.astype(np.float16), (regions * 255 + 0.5).astype(np.uint8)
