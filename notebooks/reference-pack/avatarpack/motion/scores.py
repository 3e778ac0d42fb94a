"""Losses of the motion model: the energy score and the event heads' cross entropy.

The energy score (Gneiting and Raftery 2007, eq. 22) is a proper scoring rule for samples: (|a-x| + |b-x| - |a-b|) / 2
for two samples a, b of the model. A denoiser trained with it draws from the distribution in one step, where a squared
error would give its mean. (De Bortoli et al. 2025, "Distributional diffusion models with scoring rules".)
"""

import torch
from torch.nn import functional as F

from avatarpack.motion.audio_net import BLOCK
from avatarpack.motion.diffusion import SIZE, SMOOTH
from avatarpack.motion.teacher import CHANNELS, FACE, GAZE, HEAD, RAISED

GROUPS = (SMOOTH, HEAD, FACE, RAISED)  # rises of the brows are rare, and would drown among the other channels of the face


def norm(x):
    return torch.sqrt((x**2).sum(-1) + 1e-6)


def energy_score(a, b, x):
    """Per sample, over the last axis."""
    return 0.5 * norm(a - x) + 0.5 * norm(b - x) - 0.5 * norm(a - b)


def pick(block, channels):
    """The values of some channels of a flattened block [..., 26], both frames: [..., 2 * len(channels)]."""
    return block.unflatten(-1, (BLOCK, len(CHANNELS)))[..., list(channels)].flatten(-2)


def block_score(a, b, x, new_fixation):
    """Energy score of a block: jointly, by group, and of the gaze target where a fixation begins (`new_fixation`)."""
    smooth = sum(energy_score(pick(a, g), pick(b, g), pick(x, g)) for g in GROUPS)
    gaze = energy_score(pick(a, GAZE), pick(b, GAZE), pick(x, GAZE)) * new_fixation
    return smooth.mean() + gaze.sum() / new_fixation.sum().clamp(min=1)


def block_error(a, x, new_fixation):
    """Squared error of the regression twin."""
    error = (a - x) ** 2
    gaze = (pick(error, GAZE).mean(-1) * new_fixation).sum() / new_fixation.sum().clamp(min=1)
    return pick(error, SMOOTH).mean() + gaze


def event_labels(starts):
    """0 none, 1 at the block's first frame, 2 at its second: [B, N] of starts [B, 2 N]."""
    first, second = starts[:, ::2], starts[:, 1::2]
    return torch.where(first, 1, torch.where(second, 2, 0))


def event_loss(logits, labels, possible):
    """Cross entropy where an event is `possible` at all."""
    loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").reshape(labels.shape)
    return (loss * possible).mean()


def new_fixation_targets(values, starts, rng_index):
    """Where the gaze goes, [B, N, 2, 2] in the units of `values`: the gaze at the end of the block, or, where no fixation begins,
    that of another place of the batch (`rng_index` [B, N], indices into the flattened ends), so that the noisy input
    tells nothing about the event."""
    ends = values[:, 1::2][..., list(GAZE)]
    begins = starts[:, ::2] | starts[:, 1::2]
    others = ends.flatten(0, 1)[rng_index]
    target = torch.where(begins[..., None], ends, others)
    return target[:, :, None].expand(-1, -1, BLOCK, -1), begins.float()


def assemble_target(innovation, gaze):
    """Flattened block targets [B, N, 26] from innovations [B, N, 2, 13] and gaze targets [B, N, 2, 2]."""
    out = innovation.clone()
    out[..., 0] = 0
    out[..., GAZE[0] : GAZE[1] + 1] = gaze
    return out.reshape(*out.shape[:2], SIZE)
