"""Scripted motion for the visual half: every mouth shape, shut lids, gaze and head turns, dense enough to learn from.

It is not the process that the pack's performances imitate: blinks, wide-open mouths and large turns come far more often
here, so that the decoder sees enough of them.
"""

import numpy as np

from ..render.expression import BLINK, BROW_DOWN, BROW_INNER, BROW_OUTER, CHANNELS, CHEEK, ENERGY, GAZE, MOUTH, NOSE, POSE, SHIFT, SQUINT
from .layers import scripted_energy

LIMITS = ((GAZE, (0.35, 0.22)), (POSE, (0.26, 0.26, 0.20)), (SHIFT, (0.6, 0.4)))


def _shape(**values):
    out = np.zeros(len(MOUTH))
    for name, value in values.items():
        out[MOUTH.index(name)] = value
    return out


# Mouth shapes of speech sounds with how strongly each of them holds against its neighbours.
VISEMES = (
    (_shape(), 0.6),
    (_shape(mouthPress=0.35, mouthRollLower=0.30, mouthRollUpper=0.22), 3.0),
    (_shape(jawOpen=0.06, mouthRollLower=0.55, mouthUpperUp=0.25, mouthStretch=0.1), 2.6),
    (_shape(jawOpen=0.12, mouthLowerDown=0.25, mouthUpperUp=0.12), 1.2),
    (_shape(jawOpen=0.11, mouthLowerDown=0.22, mouthUpperUp=0.10, mouthStretch=0.12), 0.8),
    (_shape(jawOpen=0.04, mouthStretch=0.30, mouthLowerDown=0.32, mouthUpperUp=0.18, mouthSmile=0.1), 1.4),
    (_shape(jawOpen=0.07, mouthFunnel=0.62, mouthPucker=0.15, mouthLowerDown=0.2, mouthUpperUp=0.15), 1.9),
    (_shape(jawOpen=0.16, mouthLowerDown=0.15, mouthUpperUp=0.05), 0.5),
    (_shape(jawOpen=0.05, mouthPucker=0.85, mouthFunnel=0.25), 2.2),
    (_shape(jawOpen=0.48, mouthLowerDown=0.22, mouthUpperUp=0.08), 1.2),
    (_shape(jawOpen=0.36, mouthLowerDown=0.2), 1.0),
    (_shape(jawOpen=0.46, mouthStretch=0.22, mouthLowerDown=0.28, mouthUpperUp=0.15, mouthSmile=0.12), 1.3),
    (_shape(jawOpen=0.28, mouthStretch=0.30, mouthSmile=0.18, mouthLowerDown=0.26, mouthUpperUp=0.10), 1.2),
    (_shape(jawOpen=0.14, mouthStretch=0.34, mouthSmile=0.28, mouthLowerDown=0.22, mouthUpperUp=0.10), 1.2),
    (_shape(jawOpen=0.34, mouthFunnel=0.50, mouthPucker=0.38), 1.6),
    (_shape(jawOpen=0.12, mouthPucker=0.75, mouthFunnel=0.35), 1.7),
)
WIDE = (9, 11, 12)


def _smooth(rng, frames, width, deviation):
    """Low-passed noise with correlation `width` frames and unit-free standard deviation `deviation`."""
    from scipy.ndimage import gaussian_filter1d

    pad = int(4 * width)
    return gaussian_filter1d(rng.randn(frames + 2 * pad), width)[pad : pad + frames] * deviation * np.sqrt(2 * np.sqrt(np.pi) * width)


def _mouth(rng, frames, emphasis):
    from scipy.ndimage import gaussian_filter1d

    fine = 4
    time = (np.arange(frames * fine) + 0.5) / fine
    total, weight = np.zeros((len(time), len(MOUTH))), np.full(len(time), 1e-3)
    t = -rng.uniform(0, 4)
    while t < frames + 3:
        length = rng.uniform(1.2, 4.5)
        which = rng.randint(len(VISEMES))
        gain = rng.uniform(0.8, 1.2)
        if rng.rand() < emphasis:
            which, gain, length = rng.choice(WIDE), rng.uniform(1.1, 1.6), rng.uniform(3, 6)
        elif rng.rand() < 0.08:
            which, length = 0, rng.uniform(4, 14)
        shape, hold = VISEMES[which]
        k = hold * np.exp(-1.2 * (np.abs(time - t - length / 2) / (length / 2 + 0.9)) ** 2.4)
        total += k[:, None] * shape * gain
        weight += k
        t += length
    mouth = gaussian_filter1d(total / weight[:, None], 0.8 * fine / 4, axis=0).reshape(frames, fine, -1).mean(1)
    for name, probability, top in (("mouthSmile", 0.3, 0.6), ("mouthFrown", 0.2, 0.5), ("mouthUpperUp", 0.15, 0.4), ("mouthLowerDown", 0.15, 0.4), ("mouthStretch", 0.15, 0.3)):
        if rng.rand() < probability:
            mouth[:, MOUTH.index(name)] += rng.uniform(0, top) * np.clip(0.6 + _smooth(rng, frames, 10, 0.5), 0, 1)
    for name in ("mouthShrugLower", "mouthShrugUpper", "jawForward", "cheekPuff", "mouthClose"):
        if rng.rand() < 0.15:
            mouth[:, MOUTH.index(name)] += np.clip(_smooth(rng, frames, 6, 0.2), 0, 0.4)
    return np.clip(mouth, 0, 1)


def _blinks(rng, frames, rate):
    out = np.zeros(frames + 24)
    t = int(rng.exponential(1 / rate) * 0.6)
    while t < frames:
        hold = rng.choice([1, 1, 2, 3, 6])
        shape = np.r_[rng.uniform(0.3, 0.6), np.ones(hold), rng.uniform(0.6, 0.85), rng.uniform(0.2, 0.45)]
        if rng.rand() < 0.12:
            shape = shape * rng.uniform(0.4, 0.9)
        out[t : t + len(shape)] = np.maximum(out[t : t + len(shape)], shape)
        t += len(shape) + 2 + int(rng.exponential(1 / rate))
    return out[:frames]


def _gaze(rng, frames):
    out, t = np.zeros((frames, 2)), 0
    while t < frames:
        at_camera = rng.rand() < 0.45
        target = rng.randn(2) * (0.02, 0.015) if at_camera else rng.randn(2) * (0.16, 0.08)
        length = int(rng.uniform(4, 22))
        out[t : t + length] = target
        t += length
    return out + rng.randn(frames, 2) * 0.004


def sample(rng, frames, lively=None, dense=True):
    """Motion [frames, 32] of one clip.

    lively: scale of head motion (drawn if absent); dense: many blinks and open mouths, as for training, or as in speech.
    """
    lively = rng.uniform(0.5, 1.9) if lively is None else lively
    m = np.zeros((frames, CHANNELS))
    m[:, :16] = _mouth(rng, frames, 0.16 if dense else 0.03)
    blink = _blinks(rng, frames, 1 / 14 if dense else 1 / 75)
    m[:, BLINK] = m[:, BLINK + 1] = blink
    if dense and rng.rand() < 0.08:
        m[:, BLINK + rng.randint(2)] *= rng.uniform(0, 0.3)
    for channel, deviation, mean, top in (
        (BROW_INNER, 0.18, 0.05, 0.8),
        (BROW_DOWN, 0.14, -0.04, 0.7),
        (BROW_OUTER, 0.18, 0.03, 0.8),
        (SQUINT, 0.15, 0.02, 0.6),
        (CHEEK, 0.14, 0.03, 0.6),
        (NOSE, 0.07, -0.03, 0.3),
    ):
        m[:, channel] = np.clip(_smooth(rng, frames, 9, deviation) + mean, 0, top)
    head = np.stack([_smooth(rng, frames, 8, 0.04), _smooth(rng, frames, 12, 0.062), _smooth(rng, frames, 12, 0.03)], 1) * lively
    if dense:
        # Nods on accents go far beyond slow drift; what was never seen is drawn badly.
        for _ in range(rng.randint(3)):
            length, start = rng.randint(8, 15), rng.randint(max(1, frames - 8))
            nod = rng.uniform(0.04, 0.20) * np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
            head[start : start + length, 0] += nod[: frames - start]
    m[:, POSE] = head
    m[:, GAZE] = _gaze(rng, frames) + np.stack([-head[:, 1], head[:, 0] - 0.10 * blink], 1)
    m[:, SHIFT] = np.stack([_smooth(rng, frames, 18, 0.18) + head[:, 1] * 1.6, _smooth(rng, frames, 14, 0.09) - head[:, 0] * 0.8], 1)
    for channels, limit in LIMITS:
        m[:, channels] = np.clip(m[:, channels], -np.array(limit), limit)
    m[:, ENERGY] = scripted_energy(m[:, 0])
    return m.astype(np.float32)
