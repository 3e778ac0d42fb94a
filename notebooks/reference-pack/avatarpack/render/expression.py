"""The 32-channel motion vector and what it means for the mesh.

Channels: 0-15 mouth, 16/17 blink left/right, 18-20 brows (inner up, down, outer up), 21 squint, 22/23 gaze in the head
(right of the picture, up; radians), 24-26 head pitch (down), yaw (right of the picture), roll (counter-clockwise; radians),
27/28 head shift right/up (cm), 29 nose sneer, 30 cheek raise, 31 speech energy (has no shape).
"""

import numpy as np

from ..channels import MOUTH

CHANNELS = 32
BLINK, BROW_INNER, BROW_DOWN, BROW_OUTER, SQUINT = 16, 18, 19, 20, 21
LIDS = {"L": ((43, 47), (44, 46)), "R": ((37, 41), (38, 40))}  # landmarks of the upper and lower lid of each eye, one above the other
SHUT_LEAST, SHUT_MOST, OVERLAP = 1.08, 1.6, 1.03
LEAST_CLOSING = 0.05  # cm; a shape that moves both lids alike, as that of the stand-in head, tells nothing about a slit
GAZE, POSE, SHIFT, NOSE, CHEEK, ENERGY = slice(22, 24), slice(24, 27), slice(27, 29), 29, 30, 31


def shut_weights(mesh, neutral):
    """Weight of the blink shape of the left and the right eye at which the lids of this person [vertices, 3] meet everywhere.

    The shape closes the generic head; where the eyes are larger, a weight of 1 leaves a slit with iris and white in it."""
    out = []
    for side, pairs in LIDS.items():
        shape = mesh.expressions[mesh.shape_index[f"eyeBlink_{side}"]].reshape(-1, 3)
        upper, lower = (mesh.landmarks[[pair[k] for pair in pairs]] for k in (0, 1))
        open_by = (neutral[upper] - neutral[lower])[:, 1]
        closes_by = (shape[lower] - shape[upper])[:, 1]
        needed = np.divide(open_by, closes_by, out=np.zeros_like(open_by), where=closes_by > LEAST_CLOSING)
        out.append(np.clip(OVERLAP * needed.max(), SHUT_LEAST, SHUT_MOST))
    return np.array(out, np.float32)


def shape_weights(mesh, motion, shut=(1.0, 1.0)):
    """Weights [shapes] of the expression shapes for one motion vector; `shut` is what shut_weights says of the person."""
    weights = np.zeros(len(mesh.names), np.float32)

    def put(name, value):
        if name in mesh.shape_index:
            weights[mesh.shape_index[name]] = value
        else:
            for side in "LR":
                weights[mesh.shape_index[f"{name}_{side}"]] = value

    for channel, name in enumerate(MOUTH):
        put(name, motion[channel])
    put("browInnerUp", motion[BROW_INNER])
    put("browDown", motion[BROW_DOWN])
    put("browOuterUp", motion[BROW_OUTER])
    put("noseSneer", motion[NOSE])
    put("cheekRaiser", motion[CHEEK])
    up = motion[GAZE][1]
    for k, side in enumerate("LR"):
        blink = motion[BLINK + k]
        weights[mesh.shape_index[f"eyeBlink_{side}"]] = shut[k] * blink
        weights[mesh.shape_index[f"eyeSquint_{side}"]] = motion[SQUINT] * (1 - blink)
        weights[mesh.shape_index[f"eyeLookUp_{side}"]] = max(0.0, up * 3) * (1 - blink)
        weights[mesh.shape_index[f"eyeLookDown_{side}"]] = max(0.0, -up * 3) * (1 - blink)
    return weights


def rotation(pitch, yaw, roll):
    """Rotation matrix yaw * pitch * roll, y up, z to the viewer."""
    cp, sp, cy, sy, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)
