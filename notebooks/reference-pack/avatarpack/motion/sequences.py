"""Random stretches of the training tracks, in standard units and cut into blocks."""

from dataclasses import dataclass

import numpy as np
import torch

from avatarpack.motion.audio_net import BLOCK
from avatarpack.motion.diffusion import ORDER, SIZE
from avatarpack.motion.teacher import BLINK, CHANNELS, GAZE

LEAD = ORDER // BLOCK
NULL_SHARE = 0.1


@dataclass
class Sequences:
    """A batch of B sequences of N blocks; frames are standard values [B, 4 + 2 N, 13], the first four before block 0."""

    frames: torch.Tensor
    heard: torch.Tensor
    null: torch.Tensor
    blink_starts: torch.Tensor
    fixation_starts: torch.Tensor

    def past(self):
        """The four frames before each block, newest first, [B, N, 4, 13]."""
        return self.frames[:, :-BLOCK].unfold(1, ORDER, BLOCK).flip(-1).transpose(2, 3)

    def blocks(self):
        return self.frames[:, ORDER:].unflatten(1, (-1, BLOCK))

    def previous(self):
        """Each block's predecessor, flattened, [B, N, 26]."""
        return self.frames[:, BLOCK:-BLOCK].reshape(len(self.frames), -1, SIZE)

    def blink_possible(self):
        """False where a blink runs on from the block before."""
        blink = self.frames[:, ORDER - 1 :, BLINK] > 1e-3
        before, first = blink[:, :-1:BLOCK], blink[:, 1::BLOCK]
        starts = self.blink_starts[:, ::BLOCK] | self.blink_starts[:, 1::BLOCK]
        return ~(before & first & ~starts)


class TrackSet:
    """The tracks of one file, drawn from at random."""

    def __init__(self, path):
        with np.load(path) as stored:
            self.values = torch.from_numpy(stored["values"])
            self.heard = torch.from_numpy(stored["heard"])
            self.blink_starts = torch.from_numpy(stored["blink_starts"])
            self.fixation_starts = torch.from_numpy(stored["fixation_starts"])
        self.seed(0)

    def seed(self, number):
        self.rng = np.random.default_rng(number)

    def draw(self, normalizer, batch, blocks):
        tracks = self.rng.integers(len(self.values), size=batch)
        places = self.rng.integers(LEAD, self.heard.shape[1] - blocks, size=batch)
        rows = torch.from_numpy(tracks)[:, None]
        frame = torch.from_numpy(places)[:, None] * BLOCK
        with_past = frame + torch.arange(-ORDER, BLOCK * blocks)
        own = with_past[:, ORDER:]
        heard = self.heard[rows, torch.from_numpy(places)[:, None] + torch.arange(blocks)].float()
        null = (torch.rand(batch, 1, 1) < NULL_SHARE).float().expand(-1, blocks, -1)
        return Sequences(
            normalizer.standard(self.values[rows, with_past]),
            heard,
            null,
            self.blink_starts[rows, own],
            self.fixation_starts[rows, own],
        )


def context_noise(previous, normalizer, share):
    """Perturbs what the context sees of the past, as the model's own errors would; the prediction keeps the clean past."""
    scale = normalizer.residual.clone()
    scale[:, BLINK] = 0
    scale[:, list(GAZE)] = 0.05
    amount = torch.rand(len(previous), 1, 1) * (torch.rand(len(previous), 1, 1) < share)
    return previous + torch.randn_like(previous) * amount * scale.reshape(1, 1, BLOCK * len(CHANNELS))
