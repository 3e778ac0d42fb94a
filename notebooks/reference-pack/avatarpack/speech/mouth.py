"""Mouth coefficients of an utterance from its phone times, by dominance functions.

Overlapping dominance functions are the coarticulation model of Cohen and Massaro, "Modeling coarticulation in
synthetic visual speech" (1993). Lip closure is imposed after the blend: p, b and m close whatever their neighbours are.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatarpack.speech.logmel import FPS
from avatarpack.speech.phones import INDEX, MOUTH, OPENING, SHAPES, VISEMES

_OVERSAMPLING = 8
_STEP = 1 / (FPS * _OVERSAMPLING)
_WIDEN = 0.035
_SHORTEST_CLOSURE = 0.075
_RAMP = 0.045
_CLOSED = SHAPES["bilabial"][0]
_APERTURE = {"jawOpen": 1.0, "mouthLowerDown": 0.45, "mouthUpperUp": 0.35, "mouthFunnel": 0.12}


def aperture(mouth):
    """How far the lips are apart, [...] of mouth coefficients [..., 16]; rest and closed lips give about 0."""
    return sum(weight * mouth[..., INDEX[name]] for name, weight in _APERTURE.items())


def closures(spoken):
    """[(start s, end s)] in which the lips touch. A stop is closed in its first part and released in the rest."""
    out = []
    for viseme, start, end in spoken:
        if viseme == "bilabial":
            closed = min(end, start + max(_SHORTEST_CLOSURE, 0.7 * (end - start)))
            middle = (start + closed) / 2
            half = max((closed - start) / 2, _SHORTEST_CLOSURE / 2)
            out.append((middle - half, middle + half))
    return out


def mouth_track(spoken, frames):
    """Coefficients [frames, 16], closure [frames] in 0..1 and viseme index [frames], each at the centre of its frame."""
    times = (np.arange(frames * _OVERSAMPLING) + 0.5) * _STEP
    total = np.zeros((len(times), len(MOUTH)))
    weight = np.full((len(times), 1), 1e-3)
    label = np.zeros(len(times), np.uint8)
    for viseme, start, end in spoken:
        shape, dominance = SHAPES[viseme]
        centre, half = (start + end) / 2, max((end - start) / 2, 0.03)
        reach = 3 * (half + _WIDEN)
        a, b = np.searchsorted(times, (centre - reach, centre + reach))
        pull = dominance * np.exp(-1.2 * (np.abs(times[a:b] - centre) / (half + _WIDEN)) ** 2.4)
        total[a:b] += pull[:, None] * shape
        weight[a:b, 0] += pull
        label[np.searchsorted(times, start) : np.searchsorted(times, end)] = VISEMES.index(viseme)
    blended = gaussian_filter1d(total / weight, 0.02 / _STEP, axis=0)
    closed = np.zeros(len(times))
    for start, end in closures(spoken):
        outside = np.maximum(start - times, times - end)
        closed = np.maximum(closed, np.clip(1 - outside / _RAMP, 0, 1))
    closed = closed * closed * (3 - 2 * closed)
    opening = np.where(OPENING, 1 - closed[:, None], 1 - 0.5 * closed[:, None])
    closing = np.maximum(blended * opening, closed[:, None] * _CLOSED)
    centres = np.arange(frames) * _OVERSAMPLING + _OVERSAMPLING // 2
    return closing[centres].astype(np.float32), closed[centres].astype(np.float32), label[centres]
