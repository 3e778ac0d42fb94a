"""PNG files without an imaging library."""

import struct
import zlib
from pathlib import Path

import numpy as np


def write(path, image, level=9):
    """Writes uint8 [height, width, 3] RGB; level 1 compresses quickly, 9 well."""
    image = np.ascontiguousarray(image, np.uint8)
    height, width, _ = image.shape
    # The "up" filter makes smooth pictures about a third smaller than none.
    rows = image.reshape(height, -1).astype(np.int16)
    delta = np.diff(rows, axis=0, prepend=0).astype(np.uint8)
    raw = np.concatenate([np.full((height, 1), 2, np.uint8), delta], axis=1).tobytes()

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, level)) + chunk(b"IEND", b""))


def sheet(rows, gap=2):
    """One picture from rows of equally large pictures; shorter rows are padded with grey."""
    height, width, _ = rows[0][0].shape
    across = max(len(r) for r in rows)
    out = np.full((len(rows) * (height + gap) - gap, across * (width + gap) - gap, 3), 128, np.uint8)
    for j, row in enumerate(rows):
        for i, picture in enumerate(row):
            out[j * (height + gap) : j * (height + gap) + height, i * (width + gap) : i * (width + gap) + width] = picture
    return out
