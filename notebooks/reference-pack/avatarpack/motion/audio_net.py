"""Audio to mouth: a causal recurrent network with a look-ahead of two frames (80 ms), or of one for low latency.

A speech embedding of the block's frames and those ahead feeds a gated recurrent unit that runs once a block. Three heads
read it: the mouth shape of each frame, the probability that the lips touch (it overrules the shape, since a squared error alone
leaves the lips ajar on p, b and m), and, in training only, the viseme.
"""

import torch
from torch import nn
from torch.nn import functional as F

from avatarpack.speech.mouth import aperture
from avatarpack.speech.phones import MOUTH, OPENING, SHAPES, VISEMES

BLOCK, LOOK_AHEAD = 2, 2
MEL = 160
STATE = 256
DROPPED = 0.1  # of the embedding, in training
APERTURE_DEVIATION = 0.15


class AudioMotion(nn.Module):
    """`block` frames at a time, with `look_ahead` frames of audio behind them."""

    def __init__(self, width=STATE, embedding=192, block=BLOCK, look_ahead=LOOK_AHEAD):
        super().__init__()
        self.width, self.block, self.look_ahead = width, block, look_ahead
        self.embed = nn.Sequential(
            nn.Linear((block + look_ahead) * MEL, 256), nn.SiLU(), nn.Linear(256, embedding), nn.SiLU()
        )
        self.gru = nn.GRU(embedding, width, batch_first=True)
        self.read = nn.Sequential(nn.Linear(width + embedding, 256), nn.SiLU())
        self.shape = nn.Linear(256, block * len(MOUTH))
        self.touch = nn.Linear(256, block)
        self.viseme = nn.Linear(256, block * len(VISEMES))
        self.register_buffer("touch_bias", torch.zeros(()))
        self.register_buffer("touch_slope", torch.ones(()))
        self.register_buffer("closed_shape", torch.tensor(SHAPES["bilabial"][0]))
        self.register_buffer("opening", torch.tensor(OPENING, dtype=torch.float32))

    @torch.no_grad()
    def begin_from(self, longer):
        """Takes over the weights of a network with longer blocks and more look-ahead, for its nearest frames."""
        mine = self.state_dict()
        for name, value in longer.items():
            kept = mine[name]
            kept.copy_(value[tuple(slice(size) for size in kept.shape)])

    def heads(self, mel, state):
        """mel [B, N, block + look_ahead, 160], state [1, B, width] -> shape [B, N, block, 16], touch logits [B, N, block],
        visemes, state."""
        embedded = F.dropout(self.embed(mel.flatten(2)), DROPPED, self.training)
        read, state = self.gru(embedded, state)
        features = self.read(torch.cat([read, embedded], -1))
        lead = features.shape[:-1]
        return (
            self.shape(features).reshape(*lead, self.block, len(MOUTH)),
            self.touch(features),
            self.viseme(features).reshape(*lead, self.block, len(VISEMES)),
            state,
        )

    def close(self, shape, touch):
        """The mouth that results when touching lips overrule the shape."""
        touch = torch.sigmoid(self.touch_slope * (touch + self.touch_bias))[..., None]
        open_part = shape * torch.where(self.opening > 0, 1 - touch, 1 - 0.5 * touch)
        return torch.maximum(open_part, touch * self.closed_shape)

    def forward(self, mel, state):
        shape, touch, _, state = self.heads(mel, state)
        return self.close(shape.clamp(0, 1), touch), state


class AudioMotionStep(nn.Module):
    """One block, with the recurrent unit written out so that the batch axis stays free in the exported graph."""

    def __init__(self, trained):
        super().__init__()
        self.net = trained
        self.from_input = nn.Linear(trained.gru.input_size, 3 * trained.width)
        self.from_state = nn.Linear(trained.width, 3 * trained.width)
        with torch.no_grad():
            self.from_input.weight.copy_(trained.gru.weight_ih_l0)
            self.from_input.bias.copy_(trained.gru.bias_ih_l0)
            self.from_state.weight.copy_(trained.gru.weight_hh_l0)
            self.from_state.bias.copy_(trained.gru.bias_hh_l0)

    def forward(self, mel, mouth_h):
        embedded = self.net.embed(mel.flatten(1))
        mouth_h = gated_step(self.from_input(embedded), self.from_state(mouth_h), mouth_h)
        features = self.net.read(torch.cat([mouth_h, embedded], -1))
        shape = self.net.shape(features).reshape(-1, self.net.block, len(MOUTH)).clamp(0, 1)
        return self.net.close(shape, self.net.touch(features)), mouth_h


def gated_step(from_input, from_state, state):
    """One step of a gated recurrent unit (Cho et al. 2014, in the variant of torch.nn.GRU)."""
    reset_i, update_i, new_i = from_input.chunk(3, -1)
    reset_s, update_s, new_s = from_state.chunk(3, -1)
    update = torch.sigmoid(update_i + update_s)
    new = torch.tanh(new_i + torch.sigmoid(reset_i + reset_s) * new_s)
    return (1 - update) * new + update * state


def blocks_with_look_ahead(frames, block=BLOCK, look_ahead=LOOK_AHEAD):
    """[B, F + look_ahead, C] -> [B, F / block, block + look_ahead, C]: each block's frames and those after them."""
    count = (frames.shape[1] - look_ahead) // block
    return torch.stack([frames[:, k : k + count * block : block] for k in range(block + look_ahead)], 2)


def audio_loss(net, mel, mouth, closed, viseme, scale):
    """Loss of one batch: mel [B, F + look-ahead, 160], mouth [B, F, 16], closed and viseme [B, F]; scale = deviation a channel.

    How far the lips are apart is what is seen first, but only four of the sixteen coefficients tell it: it counts by itself."""
    blocks = blocks_with_look_ahead(mel, net.block, net.look_ahead)
    shape, touch, label, _ = net.heads(blocks, torch.zeros(1, len(mel), net.width))
    made = net.close(shape, touch).flatten(1, 2)
    error = (made - mouth) / scale
    weight = (1 + 3 * closed)[..., None]
    level = (error**2 * weight).mean()
    speed = ((error[:, 1:] - error[:, :-1]) ** 2).mean()
    gap = ((aperture(made - mouth) / APERTURE_DEVIATION) ** 2).mean()
    lips = F.binary_cross_entropy_with_logits(touch.flatten(1), closed, pos_weight=torch.tensor(2.0))
    names = F.cross_entropy(label.flatten(0, 2), viseme.flatten())
    return level + 0.5 * speed + gap + lips + 0.15 * names, {"level": level, "gap": gap, "lips": lips, "viseme": names}
