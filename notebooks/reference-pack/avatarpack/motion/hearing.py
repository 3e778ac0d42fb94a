"""What the motion model hears: loudness relative to the session's own level, and whether somebody speaks.

The engine gives log-mel and energy only; the turn of the talk is found here, with three numbers of state: the level of
speech, the level of the background, and how recently speech was heard. The same code runs in training and in the graph.
"""

import torch

from avatarpack.speech.logmel import BANDS, SUBFRAMES

STATE = 3
FEATURES = 22
_LEVEL_DECAY = 0.996  # a block; about 20 s
_QUIET = 0.02
_FLOOR_RISE, _FLOOR_STEP = 1.02, 1e-4
_HANG = 0.08  # a block; about one second
_POOL = 2


def hear(mel, energy, state):
    """One block. mel [B, 4, 160], energy [B, 4], state [B, 3] -> features [B, 4, 22], loudness [B, 4], new state."""
    level, floor, speaking = state[:, 0:1], state[:, 1:2], state[:, 2:3]
    level = torch.maximum(level * _LEVEL_DECAY, energy.amax(1, keepdim=True))
    floor = torch.minimum(floor * _FLOOR_RISE + _FLOOR_STEP, energy.amin(1, keepdim=True))
    span = torch.maximum((level - floor).clamp(min=_QUIET), 2 * floor)
    loudness = ((energy - floor) / span).clamp(0, 1)
    active = (loudness * 8 - 0.5).clamp(0, 1)
    speaking = torch.maximum(active[:, :2].amax(1, keepdim=True), speaking - _HANG)
    turn = torch.maximum(active, speaking.expand(-1, active.shape[1]))
    bands = mel.reshape(-1, mel.shape[1], SUBFRAMES, BANDS // _POOL, _POOL).mean((2, 4))
    features = torch.cat([bands * 0.6, loudness[..., None] * 2, turn[..., None]], -1)
    return features, loudness, torch.cat([level, floor, speaking], 1)


def hear_tracks(mel, energy):
    """Whole tracks at once: mel [B, F + 2, 160], energy [B, F + 2] -> features [B, F / 2, 88], loudness [B, F]."""
    state = torch.zeros(len(mel), STATE)
    features, loudness = [], []
    for start in range(0, mel.shape[1] - 2, 2):
        heard, loud, state = hear(mel[:, start : start + 4].float(), energy[:, start : start + 4], state)
        features.append(heard.flatten(1))
        loudness.append(loud[:, :2])
    return torch.stack(features, 1), torch.cat(loudness, 1)
