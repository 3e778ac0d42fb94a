"""The noise schedule that training and the engine share, and the deterministic sampler of evaluation."""

import math

import torch

START = 0.98


def signal(t):
    """Alpha and sigma of the cosine schedule at time t in 0..1 (Nichol and Dhariwal 2021, without offset)."""
    return torch.cos(t * math.pi / 2), torch.sin(t * math.pi / 2)


def expand(v):
    """[batch] to [batch, 1, 1, 1, 1]."""
    return v.view(-1, 1, 1, 1, 1)


def times(steps, start=START):
    """Times of a run of `steps` steps, linear from `start` to 0."""
    return [start * (1 - k / steps) for k in range(steps + 1)]


def to_time(x, x0, t, s):
    """Deterministic move from time t to s (DDIM, Song et al. 2021, equation 12 with eta 0)."""
    a, g = signal(t)
    b, h = signal(s)
    return expand(b) * x0 + expand(h) * (x - expand(a) * x0) / expand(g)
