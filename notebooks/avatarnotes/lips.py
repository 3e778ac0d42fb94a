"""Whether lips follow the voice, measured from a session's video file alone, as a viewer could."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

FPS = 25
CANDIDATES = range(-5, 6)

# Portraits are framed alike: the mouth is in the middle of the lower half, where shoulders and the outline of the head are not.
TOP, BOTTOM, LEFT, RIGHT = 0.55, 0.95, 0.28, 0.72


@dataclass(frozen=True)
class Video:
    """A video file: brightness of its pictures [n, height, width] and colours of them, loudness of the sound at each."""

    pictures: np.ndarray
    brightness: np.ndarray
    loudness: np.ndarray


def read(file: Path) -> Video:
    """Decodes a video file. Sound and pictures lie where their timestamps say."""
    pictures: dict[int, np.ndarray] = {}
    energy: dict[int, list[float]] = {}
    with av.open(str(file)) as container:
        for frame in container.decode(video=0, audio=0):
            if isinstance(frame, av.VideoFrame):
                pictures[round(frame.time * FPS)] = frame.to_ndarray(format="rgb24")
            else:
                samples = frame.to_ndarray().mean(axis=0)
                samples = samples / 32768 if samples.dtype.kind == "i" or frame.format.name.startswith("s16") else samples
                at = (frame.time + np.arange(len(samples)) / frame.sample_rate) * FPS
                for index in np.unique(at.astype(int)):
                    energy.setdefault(int(index), []).extend(samples[at.astype(int) == index] ** 2)
    count = max(pictures) + 1
    shown = np.stack([pictures[max(i for i in range(t + 1) if i in pictures)] for t in range(count)])
    loudness = np.array([np.sqrt(np.mean(energy.get(t, [0.0]))) for t in range(count)])
    return Video(shown, shown.mean(axis=-1).astype(np.float32), 20 * np.log10(loudness + 1e-3) + 60)


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation along the first axis."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    return (a * b).sum(axis=0) / (np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0)) + 1e-6)


def places(video: Video) -> np.ndarray:
    """How strictly each pixel [height, width] gets darker or brighter with the voice, -1 to 1."""
    return correlation(video.brightness, np.broadcast_to(video.loudness[:, None, None], video.brightness.shape))


def box(video: Video) -> tuple[slice, slice]:
    """Rows and columns of the pictures where the mouth is."""
    height, width = video.brightness.shape[1:]
    return slice(int(TOP * height), int(BOTTOM * height)), slice(int(LEFT * width), int(RIGHT * width))


def mouth(video: Video) -> np.ndarray:
    """One number a picture: what those pixels of the mouth's place that follow the voice best say, in deviations."""
    rows, columns = box(video)
    found, seen = places(video)[rows, columns], video.brightness[:, rows, columns]
    best = np.abs(found) >= np.quantile(np.abs(found), 0.95)
    values = (seen[:, best] * np.sign(found[best])).mean(axis=1)
    return (values - values.mean()) / (values.std() + 1e-6)


def lags(opening: np.ndarray, loudness: np.ndarray, window: int = 50, step: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Over windows of so many frames: their middle in seconds, the frames by which lips are late, and how well they fit there."""
    middles, late, fit = [], [], []
    margin = max(CANDIDATES)
    for start in range(margin, len(opening) - window - margin, step):
        sound = loudness[start : start + window]
        if sound.std() < 3:  # dB: nobody speaks here, or nobody pauses
            continue
        values = [correlation(opening[start + lag : start + lag + window], sound) for lag in CANDIDATES]
        middles.append((start + window / 2) / FPS)
        late.append(CANDIDATES[int(np.argmax(values))])
        fit.append(max(values))
    return np.array(middles), np.array(late), np.array(fit)


def decibels(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """PSNR of each picture [n, ...] of values 0 to 255; 99 for equal ones."""
    error = ((one.astype(np.float32) - other.astype(np.float32)) ** 2).reshape(len(one), -1).mean(axis=1)
    return np.minimum(99, 10 * np.log10(255**2 / np.maximum(error, 1e-9)))
