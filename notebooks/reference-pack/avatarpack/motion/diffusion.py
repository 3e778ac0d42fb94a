"""Causal diffusion in motion space: a recurrent context, a denoiser over blocks of two frames, two discrete event heads.

The denoiser does not draw positions but innovations over a linear prediction: an error of a few percent of the position
would be as large as the step from frame to frame. Blinks and fixation changes are jumps out of nothing; an event head
draws when they happen, and the denoiser draws only where a new fixation goes.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from avatarpack.motion.audio_net import BLOCK, gated_step
from avatarpack.motion.hearing import FEATURES
from avatarpack.motion.teacher import BLINK, CHANNELS, FACE, GAZE, HEAD

WIDTH = 192
NOISE = 16
ORDER = 4
HEARD = 4 * FEATURES
SIZE = BLOCK * len(CHANNELS)
SMOOTH = (*FACE, *HEAD)
_EMBED = 96
GAZE_KNOTS, GAZE_REACH = 129, 3.0  # of the table between gaze and normal scores, and the deviations that it covers


class Normalizer(nn.Module):
    """Standard units, the linear prediction from the last four frames, and the range that the guard allows.

    Where a new fixation goes is drawn in normal scores: looks into the camera and looks aside are islands with nothing between
    them, a smooth network joins islands by a bridge, and the eyes would rest halfway. As normal scores they touch.
    """

    def __init__(self):
        super().__init__()
        count = len(CHANNELS)
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("deviation", torch.ones(count))
        self.register_buffer("weights", torch.zeros(count, BLOCK, ORDER))
        self.register_buffer("residual", torch.ones(BLOCK, count))
        self.register_buffer("low", torch.zeros(count))
        self.register_buffer("high", torch.ones(count))
        self.register_buffer("jump", torch.ones(BLOCK, count))
        self.register_buffer("gaze_values", torch.linspace(-GAZE_REACH, GAZE_REACH, GAZE_KNOTS).repeat(len(GAZE), 1))
        self.register_buffer("gaze_centre", torch.zeros(len(GAZE)))
        self.register_buffer("gaze_spread", torch.ones(len(GAZE)))

    def fit(self, values):
        """Fits everything to the training process, values [tracks, frames, 13]."""
        mean, deviation = values.mean((0, 1)), values.std((0, 1))
        mean[BLINK], deviation[BLINK] = 0, 0.35
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)
        standard = self.standard(values)
        windows = standard.unfold(1, ORDER + BLOCK, 1)
        past, future = windows[..., :ORDER].flip(-1), windows[..., ORDER:]
        for channel in range(len(CHANNELS)):
            if channel == BLINK:
                continue
            x = past[:, :, channel].reshape(-1, ORDER).double()
            y = future[:, :, channel].reshape(-1, BLOCK).double()
            ridge = 2e-4 * len(x) * torch.eye(ORDER, dtype=torch.double)
            self.weights[channel] = torch.linalg.solve(x.T @ x + ridge, x.T @ y).T.float()
        hold = torch.zeros(BLOCK, ORDER)
        hold[:, 0] = 1
        for channel in GAZE:
            self.weights[channel] = hold
        left = future.transpose(2, 3) - self.predict(past.transpose(2, 3))
        self.residual.copy_(left.std((0, 1)))
        self.residual[:, [BLINK, *GAZE]] = 1
        self.jump.copy_((left / self.residual).abs().amax((0, 1)) * 1.1)
        low, high = standard.amin((0, 1)), standard.amax((0, 1))
        middle, half = (low + high) / 2, (high - low) / 2
        self.low.copy_(middle - 1.1 * half)
        self.high.copy_(middle + 1.1 * half)

    def fit_gaze(self, values, starts):
        """Fits the normal scores of each axis to where the fixations go, values [tracks, frames, 13], starts [tracks, frames]."""
        targets = self.standard(values)[starts][:, list(GAZE)]
        share = torch.special.ndtr(_score_knots().double()).float()
        self.gaze_values.copy_(torch.quantile(targets, share, 0).T)

    def gaze_scores(self, gaze):
        """Normal scores [..., 2] of the gaze in standard units."""
        knots, step, out = _score_knots(), 2 * GAZE_REACH / (GAZE_KNOTS - 1), []
        for values, at in zip(self.gaze_values, gaze.unbind(-1)):
            right = torch.searchsorted(values, at.contiguous()).clamp(1, GAZE_KNOTS - 1)
            low, high = values[right - 1], values[right]
            out.append(knots[right - 1] + step * ((at - low) / (high - low).clamp(min=1e-9)).clamp(0, 1))
        return torch.stack(out, -1)

    def gaze_of_scores(self, scores):
        """The gaze in standard units that has these normal scores [..., 2], linear between the knots and held beyond them."""
        scores = (scores - self.gaze_centre) / self.gaze_spread
        step = 2 * GAZE_REACH / (GAZE_KNOTS - 1)
        share = ((scores[..., None] - _score_knots()[:-1]) / step).clamp(0, 1)
        return self.gaze_values[:, 0] + (share * (self.gaze_values[:, 1:] - self.gaze_values[:, :-1])).sum(-1)

    def standard(self, values):
        return (values - self.mean) / self.deviation

    def predict(self, past):
        """Prediction [..., 2, 13] from the last four standard frames, newest first, [..., 4, 13]."""
        return torch.stack([(past * self.weights[:, f].T).sum(-2) for f in range(BLOCK)], -2)


def _score_knots():
    return torch.linspace(-GAZE_REACH, GAZE_REACH, GAZE_KNOTS)


class _Film(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.film, self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(width, width), nn.Linear(width, width)
        for layer in (self.film, self.narrow):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x, condition):
        gain, shift = self.film(condition).chunk(2, -1)
        normal = F.layer_norm(x, (self.width,)) * (1 + gain) + shift
        return x + self.narrow(F.silu(self.widen(normal)))


class MotionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.hear = nn.Linear(HEARD + 1, _EMBED)
        self.recall = nn.Linear(SIZE, _EMBED)
        self.mix = nn.Linear(2 * _EMBED, WIDTH)
        self.gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.condition = nn.Linear(WIDTH + 2 * _EMBED, WIDTH)
        self.time = nn.Linear(32, WIDTH)
        self.enter = nn.Linear(SIZE + NOISE, WIDTH)
        self.layers = nn.ModuleList(_Film(WIDTH) for _ in range(3))
        self.leave = nn.Linear(WIDTH, SIZE)
        self.blink = nn.Sequential(nn.Linear(WIDTH, 64), nn.SiLU(), nn.Linear(64, 3))
        self.fixation = nn.Sequential(nn.Linear(WIDTH, 64), nn.SiLU(), nn.Linear(64, 3))
        self.register_buffer("rates", torch.exp(torch.arange(16) * (-math.log(200.0) / 15)) * 20)
        nn.init.normal_(self.leave.weight, std=0.02)
        self.normalizer = Normalizer()

    def context(self, heard, previous, state):
        """heard [B, N, 88], previous [B, N, 26] standard, state [1, B, 192] -> conditions [B, N, 192], state."""
        audio, motion = self._embed(heard, previous)
        read, state = self.gru(F.silu(self.mix(torch.cat([audio, motion], -1))), state)
        return self.condition(torch.cat([read, audio, motion], -1)), state

    def context_step(self, heard, previous, state):
        """The same for one block, state [B, 192], written out for export."""
        audio, motion = self._embed(heard, previous)
        entering = F.silu(self.mix(torch.cat([audio, motion], -1)))
        gru = self.gru
        state = gated_step(
            F.linear(entering, gru.weight_ih_l0, gru.bias_ih_l0), F.linear(state, gru.weight_hh_l0, gru.bias_hh_l0), state
        )
        return self.condition(torch.cat([state, audio, motion], -1)), state

    def _embed(self, heard, previous):
        return F.silu(self.hear(heard)), F.silu(self.recall(previous))

    def denoise(self, noisy, time, condition, noise):
        """A sample (not the mean) of the clean block: noisy [..., 26], time [...], noise [..., 16] -> [..., 26]."""
        angle = time[..., None] * self.rates
        condition = F.silu(condition + self.time(torch.cat([angle.sin(), angle.cos()], -1)))
        x = self.enter(torch.cat([noisy, noise], -1))
        for layer in self.layers:
            x = layer(x, condition)
        return self.leave(F.silu(x))


def with_null_flag(heard, null):
    """Appends the flag; where `null` is 1 the audio is hidden. heard [..., 88], null [..., 1]."""
    return torch.cat([heard * (1 - null), null], -1)


def alpha_sigma(time):
    """Cosine schedule."""
    return torch.cos(time * math.pi / 2), torch.sin(time * math.pi / 2)


def ancestral(noisy, clean, now, then, noise):
    """Draws from q(x_then | x_now, x_0) of the forward process (Ho et al. 2020, eq. 6, in continuous time)."""
    a, s = alpha_sigma(torch.as_tensor(now))
    a2, s2 = alpha_sigma(torch.as_tensor(then))
    ratio = a / a2
    spread = s**2 - (ratio * s2) ** 2
    mean = (ratio * s2**2 * noisy + a2 * spread * clean) / s**2
    return mean + torch.sqrt((spread * s2**2 / s**2).clamp(min=0)) * noise
