"""The scripted process that the motion model learns to imitate: head, gaze, brows and blinks at 25 fps.

It is a script, not a recording of people. Gaze is where the eyes look in the world, so that it stays constant in a
fixation while the head moves. Nothing begins more than two frames before the accent that causes it: the model hears no
further ahead.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, lfilter

CHANNELS = (
    "blink",
    "browInnerUp",
    "browDown",
    "browOuterUp",
    "squint",
    "cheek",
    "gazeX",
    "gazeY",
    "pitch",
    "yaw",
    "roll",
    "shiftX",
    "shiftY",
)
BLINK, GAZE, HEAD, FACE = 0, (6, 7), (8, 9, 10, 11, 12), (1, 2, 3, 4, 5)
PITCH, YAW, ROLL = 8, 9, 10
RAISED = (1, 3)  # what a raise of the brows moves
TEMPLATES = (
    (0.55, 1.0, 0.9, 0.25),
    (0.5, 1.0, 1.0, 0.6, 0.2),
    (0.4, 0.95, 1.0, 0.7, 0.3),
    (0.35, 0.9, 1.0, 1.0, 0.6, 0.2),
    (0.45, 1.0, 1.0, 0.75, 0.35, 0.1),
)
_FPS = 25
_BLINKS_A_MINUTE = {"speaking": 19, "listening": 12}
_REFRACTORY = 12
_LEAD = 2
_FACE_DEVIATION = 0.10


@dataclass
class Performance:
    """One draw: values [n, 13] and the frames at which a blink or a new fixation begins, [n] bool each."""

    values: np.ndarray
    blink_starts: np.ndarray
    fixation_starts: np.ndarray


def accents(energy):
    """(frames, prominences) of the stressed syllables in a normalised speech energy [n]."""
    peaks, found = find_peaks(gaussian_filter1d(energy, 1.6), prominence=0.10, distance=6)
    return peaks, found["prominences"]


def _drift(rng, frames, tau):
    """Unit-variance noise through a critically damped second-order low-pass with time constant `tau` frames."""
    a = np.exp(-1 / tau)
    lead = int(12 * tau)
    out = lfilter([1], [1, -2 * a, a * a], rng.normal(size=frames + lead))[lead:]
    return out / np.sqrt((1 + a * a) / (1 - a * a) ** 3)


def _bump(track, start, length, height):
    rise = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    start = max(start, 0)
    end = min(start + length, len(track))
    if end > start:
        track[start:end] += height * rise[: end - start]


def _fixations(rng, speaking):
    """World gaze [n, 2], starts [n] and the size of the jump at each start."""
    frames = len(speaking)
    gaze, starts, jump = np.zeros((frames, 2)), np.zeros(frames, bool), np.zeros(frames)
    at, current = 0, np.zeros(2)
    while at < frames:
        camera = rng.random() < (0.62 if speaking[at] else 0.85)
        if camera:
            target = rng.normal(size=2) * (0.012, 0.010)
        else:
            up = 0.03 if speaking[at] else 0.0
            target = np.array([rng.choice((-1, 1)) * rng.uniform(0.10, 0.34), rng.normal(up, 0.09)])
        length = int(np.clip(rng.lognormal(np.log(34 if camera else 15), 0.55), 6, 160))
        starts[at], jump[at] = at > 0, np.abs(target - current).max()
        gaze[at : at + length] = current = target
        at += length
    return gaze, starts, jump


def _follow(gaze):
    """The head goes after the eyes: critically damped, about seven frames."""
    head, speed, out = np.zeros(2), np.zeros(2), np.empty_like(gaze)
    for i, target in enumerate(gaze * (0.42, 0.35)):
        speed = speed + (target - head) * 0.085 - speed * 0.58
        head = head + speed
        out[i] = head
    return out


def _blinks(rng, speaking, jump):
    frames = len(speaking)
    track, starts = np.zeros(frames + 24), np.zeros(frames, bool)
    after_jump = np.zeros(frames, bool)
    for at in np.flatnonzero(jump > 0.12):
        if rng.random() < 0.35 and at + 2 < frames:
            after_jump[at + 2] = True
    free = 0

    def blink(at):
        template = TEMPLATES[rng.integers(len(TEMPLATES))]
        track[at : at + len(template)] = template
        starts[at] = True
        return at + len(template)

    for at in range(frames):
        rate = _BLINKS_A_MINUTE["speaking" if speaking[at] else "listening"] / 60 / _FPS
        if at >= free and (after_jump[at] or rng.random() < 1.15 * rate):
            end = blink(at)
            free = at + _REFRACTORY
            again = end + int(rng.integers(1, 4))
            if rng.random() < 0.14 and again < frames:
                end = blink(again)
                free = max(free, end + 4)
    return track[:frames], starts


def perform(energy, speaking, rng):
    """A performance to normalised speech energy [n] (0..1); `speaking` [n] is 1 in the avatar's turns, 0 when it listens."""
    frames = len(energy)
    turn = gaussian_filter1d(speaking.astype(float), 8)
    lively = rng.uniform(0.75, 1.3)

    def amount(listening, talking):
        return (listening + (talking - listening) * turn) * lively

    gaze, fixation_starts, jump = _fixations(rng, speaking)
    head = _follow(gaze)
    yaw = head[:, 0] + _drift(rng, frames, 13) * amount(0.022, 0.042)
    pitch = -0.8 * head[:, 1] + _drift(rng, frames, 10) * amount(0.012, 0.022)
    roll = -0.12 * head[:, 0] + _drift(rng, frames, 12) * amount(0.018, 0.030)

    nod, raise_, tilt = np.zeros(frames), np.zeros(frames), np.zeros(frames)
    for at, strength in zip(*accents(energy)):
        if rng.random() < 0.30 + 0.55 * min(strength / 0.5, 1):
            height = (0.035 + 0.075 * min(strength / 0.6, 1)) * rng.lognormal(0, 0.3) * lively
            _bump(nod, at - _LEAD, int(rng.integers(9, 14)), height)
        if rng.random() < 0.22:
            _bump(raise_, at - _LEAD, int(rng.integers(12, 22)), rng.uniform(0.3, 0.7))
        if rng.random() < 0.12:
            _bump(tilt, at - _LEAD, int(rng.integers(18, 30)), rng.choice((-1, 1)) * rng.uniform(0.03, 0.07))
    at = 0
    while at < frames:
        at += int(rng.exponential(90)) + 12
        if at < frames and not speaking[at]:
            for k in range(rng.integers(1, 4)):
                _bump(nod, at + 9 * k, int(rng.integers(8, 11)), rng.uniform(0.04, 0.08))

    blink, blink_starts = _blinks(rng, speaking, jump)
    values = np.zeros((frames, len(CHANNELS)))
    values[:, 0] = blink
    for channel, tau, mean in ((1, 9, 0.06), (2, 12, 0.0), (3, 9, 0.04), (4, 14, 0.05), (5, 14, 0.06)):
        values[:, channel] = np.clip(mean + _FACE_DEVIATION * _drift(rng, frames, tau), 0, 0.8)
    values[:, 1] += raise_
    values[:, 3] += 0.8 * raise_
    values[:, 2] *= 1 - np.clip(raise_, 0, 1)
    values[:, 6:8] = gaze
    values[:, 8], values[:, 9], values[:, 10] = pitch + nod, yaw, roll + tilt
    values[:, 11] = 1.6 * yaw + _drift(rng, frames, 18) * (0.10 + 0.07 * turn)
    values[:, 12] = -0.8 * values[:, 8] + _drift(rng, frames, 16) * (0.05 + 0.03 * turn)
    return Performance(values.astype(np.float32), blink_starts, fixation_starts)
