"""The measures of the quality table, each from arrays."""

import math

import numpy as np
import torch

from ..visual.evaluate import BOXES, structural_similarity
from .truth import moments

LAGS = range(-3, 4)
CLOSED_SHARE, CLOSED_NEAR = 0.15, 1
BLINK_SHUT, BLINK_OPEN, BLINK_FALL, BLINK_NEAR = 0.9, 0.05, 0.7, 4


def decibels(error):
    """Peak signal-to-noise ratio of a mean squared error of 8-bit pictures."""
    return 10 * math.log10(255**2 / max(error, 1e-9))


def fidelity(made, truth):
    """Squared errors summed and counted over all, mouth and eyes; SSIM; frame differences of both. truth[k] is moment moments()[k]."""
    sums = {name: np.zeros(2) for name in ("all", "mouth", "eyes", "ssim", "change", "true_change")}
    before = None
    for k, t in enumerate(moments(len(made))):
        a, b = made[t].astype(np.float32), truth[k].astype(np.float32)
        square = (a - b) ** 2
        sums["all"] += square.sum(), square.size
        for name, box in BOXES.items():
            sums[name] += square[box].sum(), square[box].size
        if t % 10 == 0:
            pair = [torch.from_numpy(v / 255).permute(2, 0, 1)[None] for v in (a, b)]
            sums["ssim"] += float(structural_similarity(*pair)), 1
        if before is not None and before[0] == t - 1:
            sums["change"] += np.abs(a - before[1]).sum(), a.size
            sums["true_change"] += np.abs(b - before[2]).sum(), a.size
        before = t, a, b
    return sums


def mean_of(sums, name):
    total, count = sums[name]
    return total / max(count, 1)


def best_lag(seen, wanted):
    """(correlation without lag, lag in frames at which it peaks; positive: the picture comes late)."""
    good = np.isfinite(seen)
    seen = np.interp(np.arange(len(seen)), np.flatnonzero(good), seen[good])

    def at(lag):
        a, b = (seen[lag:], wanted[: len(wanted) - lag]) if lag >= 0 else (seen[:lag], wanted[-lag:])
        return float(np.corrcoef(a, b)[0, 1])

    found = {lag: at(lag) for lag in LAGS}
    return found[0], max(found, key=found.get)


def closed_on_bilabials(seen, closures, fps=25):
    """[n] bool: whether the aperture falls under 15 % of its range within a frame of the middle of each closure."""
    low, high = np.nanpercentile(seen, (2, 98))
    limit, out = low + CLOSED_SHARE * (high - low), []
    for start, end in closures:
        middle = int((start + end) / 2 * fps)
        near = seen[max(0, middle - CLOSED_NEAR) : middle + CLOSED_NEAR + 1]
        if len(near):
            out.append(np.nanmin(near) < limit)
    return np.array(out, bool)


def blinks(contrast, lids):
    """(scripted blinks seen [n] bool, invented blinks): contrast [frames, 2] in the eye boxes, lids [frames] of the track.

    Seen: the contrast of both eyes together falls below 0.7 of its median while the lids are shut. Invented: it does so
    with the lids open for four frames on either side."""
    level = np.nanmean(contrast / np.nanmedian(contrast, 0), 1)
    shut, seen, t = lids >= BLINK_SHUT, [], 0
    while t < len(shut):
        if not shut[t]:
            t += 1
            continue
        end = t
        while end < len(shut) and shut[end]:
            end += 1
        seen.append(np.nanmin(level[max(0, t - 1) : end + 1]) < BLINK_FALL)
        t = end
    busy = np.convolve(lids > BLINK_OPEN, np.ones(2 * BLINK_NEAR + 1), "same") > 0.5
    fallen = (level < BLINK_FALL) & ~busy
    invented = int(np.sum(fallen & ~np.r_[False, fallen[:-1]]))
    return np.array(seen, bool), invented


def identity(references, generated):
    """(distances [all frames], share of frames nearest to their own reference); references [p, 128], generated list of [m, 128]."""
    distances, own = [], []
    for i, found in enumerate(generated):
        apart = np.linalg.norm(found[:, None] - references[None], axis=-1)
        distances.append(apart[:, i])
        own.append(apart.argmin(1) == i)
    return np.concatenate(distances), float(np.concatenate(own).mean())
