"""Figures that describe a performance: what is compared between the teacher and the model."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatarpack.motion.teacher import PITCH, ROLL, YAW, accents

FPS = 25
_BANDS = ((0, 1), (1, 2.5), (2.5, 5), (5, 13))


def _autocorrelation(tracks, lag):
    values = [np.corrcoef(t[:-lag], t[lag:])[0, 1] for t in tracks if t.std() > 1e-6]
    return float(np.mean(values)) if values else 0.0


def blink_events(lids):
    """[(peak, frames above 0.15)] of each blink of one track [F]."""
    events, at = [], 0
    while at < len(lids):
        if lids[at] > 0.15:
            end = at
            while end < len(lids) and lids[end] > 0.15:
                end += 1
            if lids[at:end].max() > 0.3:
                events.append((lids[at:end].max(), end - at))
            at = end
        at += 1
    return events


def _jumps(gaze):
    """Sizes of the gaze shifts of one track [F, 2]: steps of more than 0.05 rad between two frames."""
    step = np.hypot(*np.diff(gaze, axis=0).T)
    fires = (step > 0.05) & ~np.r_[False, step[:-1] > 0.05]
    return step[fires]


def after_accents(values, loudness, speaking):
    """Mean pitch and brow courses around the accents, and the correlation of fast pitch with the accents."""
    pitch, brow, correlations = [], [], []
    kernel = np.r_[np.zeros(6), np.sin(np.pi * (np.arange(11) + 0.5) / 11) ** 2]
    for track, loud, turn in zip(values, loudness, speaking):
        frames = len(track)
        at, strength = accents(loud)
        keep = (at > 15) & (at < frames - 20) & (turn[np.clip(at, 0, frames - 1)] > 0)
        fast = track[:, PITCH] - gaussian_filter1d(track[:, PITCH], 12)
        pitch += [fast[a - 12 : a + 18] for a in at[keep]]
        brow += [track[a - 14 : a + 18, 1] - track[a - 14, 1] for a in at[keep]]
        pulse = np.zeros(frames)
        pulse[at[keep]] = np.minimum(strength[keep] / 0.5, 1)
        expected = np.convolve(pulse, kernel, "same")
        if fast[turn > 0].std() > 1e-6:
            correlations.append(np.corrcoef(fast[turn > 0], expected[turn > 0])[0, 1])
    pitch, brow = np.mean(pitch, 0), np.mean(brow, 0)
    return pitch.max() - pitch[:5].mean(), brow.max() - brow[0], float(np.mean(correlations or [0.0]))


def describe(values, loudness, speaking):
    """Figures of tracks: values [B, F, 13] (gaze in the world), loudness and speaking [B, F]."""
    count, frames = values.shape[:2]
    minutes = count * frames / FPS / 60
    out = {}
    for name, channel in (("pitch", PITCH), ("yaw", YAW), ("roll", ROLL)):
        out[f"{name}.deviation"] = float(values[..., channel].std())
    out["yaw.autocorrelation-200ms"] = _autocorrelation(values[..., YAW], 5)
    out["pitch.autocorrelation-200ms"] = _autocorrelation(values[..., PITCH], 5)
    out["shift.deviation"] = float(values[..., 11].std())
    out["brow-inner.deviation"] = float(values[..., 1].std())
    out["brow-down.deviation"] = float(values[..., 2].std())
    out["squint.deviation"] = float(values[..., 4].std())
    velocity = np.diff(values[..., PITCH : ROLL + 1], axis=1)
    out["head.speed"] = float(np.abs(velocity).mean() * FPS)
    spectrum = np.abs(np.fft.rfft(velocity * np.hanning(frames - 1)[None, :, None], axis=1)) ** 2
    frequency = np.fft.rfftfreq(frames - 1, 1 / FPS)
    for low, high in _BANDS:
        inside = (frequency >= low) & (frequency < high)
        out[f"head.velocity-{low}-{high}-hz"] = float(1e3 * np.sqrt(spectrum[:, inside].sum() / count) / frames)
    blinks = [event for track in values[..., 0] for event in blink_events(track)]
    out["blinks.per-minute"] = len(blinks) / minutes
    out["blinks.closing-fully"] = float(np.mean([peak > 0.9 for peak, _ in blinks])) if blinks else 0.0
    out["blinks.frames"] = float(np.mean([length for _, length in blinks])) if blinks else 0.0
    jumps = np.concatenate([_jumps(track) for track in values[..., 6:8]])
    out["gaze.shifts-per-minute"] = len(jumps) / minutes
    out["gaze.shift-size"] = float(jumps.mean()) if len(jumps) else 0.0
    out["gaze.at-camera"] = float((np.hypot(values[..., 6], values[..., 7]) < 0.06).mean())
    nod, brow, follows = after_accents(values, loudness, speaking)
    out["nod.size"], out["brow.raise"], out["nod.correlation"] = float(nod), float(brow), follows
    out["yaw.speaking-over-listening"] = float(values[speaking > 0][:, YAW].std() / values[speaking == 0][:, YAW].std())
    return out


def head_difference(a, b, deviation):
    """Root mean square difference of two head tracks over what two independent ones differ by: 1 = independent."""
    distance = np.sqrt(((a - b) ** 2).mean((0, 1)))[PITCH : ROLL + 1]
    return float((distance / (deviation[PITCH : ROLL + 1] * np.sqrt(2))).mean())


def longest_freeze(values):
    """Longest time in seconds in which no head angle changes by more than 1e-5 rad a frame."""
    still = np.abs(np.diff(values[..., PITCH : ROLL + 1], axis=1)).max(-1) < 1e-5
    longest = 0
    for track in still:
        edges = np.flatnonzero(np.diff(np.r_[False, track, False].astype(int)))
        longest = max(longest, *(edges[1::2] - edges[::2]), 0) if len(edges) else longest
    return longest / FPS
