"""The 32-channel motion vector and what it means for the mesh.

Channels: 0-15 mouth, 16/17 blink left/right, 18-20 brows (inner up, down, outer up), 21 squint, 22/23 gaze in the head
(right of the picture, up; radians), 24-26 head pitch (down), yaw (right of the picture), roll (counter-clockwise; radians),
27/28 head shift right/up (cm), 29 nose sneer, 30 cheek raise, 31 speech energy (has no shape).
"""

import numpy as np

from ..channels import MOUTH

CHANNELS = 32
BLINK, BROW_INNER, BROW_DOWN, BROW_OUTER, SQUINT = 16, 18, 19, 20, 21
FULLY_SHUT = 1.08  # the blink shape alone leaves a slit on some head shapes
GAZE, POSE, SHIFT, NOSE, CHEEK, ENERGY = slice(22, 24), slice(24, 27), slice(27, 29), 29, 30, 31


def shape_weights(mesh, motion):
    """Weights [shapes] of the expression shapes for one motion vector."""
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
        weights[mesh.shape_index[f"eyeBlink_{side}"]] = FULLY_SHUT * blink
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
