"""Distortions that a voice meets between a mouth and a microphone's far end; each keeps the timing of the speech."""

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, resample_poly, sosfilt

from avatarpack.speech.logmel import RATE


def gain(audio, rng):
    """Between -14 and +8 dB around a common level, clipped like a converter clips."""
    level = np.sqrt(np.mean(audio**2)) + 1e-6
    return np.clip(audio * (0.08 / level) * 10 ** (rng.uniform(-14, 8) / 20), -1, 1)


def tilt(audio, rng):
    """A first-order slope of the spectrum, as microphones and distance make it."""
    slope = rng.uniform(-0.5, 0.5)
    return lfilter([1, slope], [1], audio) / (1 + abs(slope))


def reverb(audio, rng):
    """A synthetic room: exponentially decaying noise, RT60 of 0.1 to 0.5 s, behind the direct sound."""
    decay = rng.uniform(0.1, 0.5)
    tail = rng.normal(size=int(decay * RATE)) * 10 ** (-3 * np.arange(int(decay * RATE)) / (decay * RATE))
    tail *= rng.uniform(0.1, 0.5) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(audio, tail)[: len(audio)]


def noise(audio, rng):
    """White to brown noise, or hum, at a signal to noise ratio of 8 to 35 dB."""
    if rng.random() < 0.15:
        added = np.sin(2 * np.pi * rng.choice([50, 60, 100, 120]) * np.arange(len(audio)) / RATE)
    else:
        added = lfilter([1], [1, -rng.uniform(0, 0.97)], rng.normal(size=len(audio)))
    power = np.sqrt(np.mean(audio**2) / np.mean(added**2)) * 10 ** (-rng.uniform(8, 35) / 20)
    return audio + added * power


def telephone(audio, rng):
    """A narrow band (300 to 3400 Hz) at 8 kHz with 8-bit mu-law."""
    band = sosfilt(butter(2, [300, rng.uniform(3000, 3600)], "band", fs=RATE, output="sos"), audio)
    narrow = resample_poly(band, 1, 2)
    peak = max(np.abs(narrow).max(), 1e-6)
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow) / peak) / np.log(256)
    coded = np.round(squeezed * 127) / 127
    return resample_poly(np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255 * peak, 2, 1)[: len(audio)]


def transform_codec(audio, rng):
    """A coarse transform codec: spectra of 32 ms windows cut at 4 to 7.5 kHz and quantised in logarithmic steps."""
    size, hop = 512, 256
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(size) + 0.5) / size))
    padded = np.concatenate([np.zeros(hop), audio, np.zeros(size)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    spectrum = np.fft.rfft(frames)
    magnitude = np.abs(spectrum) + 1e-9
    step = rng.uniform(0.5, 1.5)
    coded = np.exp(np.round(np.log(magnitude) / step) * step)
    coded[magnitude < magnitude.max(1, keepdims=True) * 10 ** -rng.uniform(2, 3)] = 0
    coded[:, int(rng.uniform(4000, 7500) / RATE * size) :] = 0
    restored = np.fft.irfft(spectrum / magnitude * coded, size) * window
    out = np.zeros(len(padded))
    for i, frame in enumerate(restored):
        out[i * hop : i * hop + size] += frame
    return out[hop : hop + len(audio)]


def distort(audio, rng):
    """A random chain of the above, in the order in which they happen on the way."""
    audio = np.asarray(audio, np.float64)
    for step, chance in ((tilt, 0.6), (reverb, 0.4), (noise, 0.6), (gain, 1.0)):
        if rng.random() < chance:
            audio = step(audio, rng)
    if rng.random() < 0.35:
        audio = (telephone if rng.random() < 0.4 else transform_codec)(audio, rng)
    return audio


def tempo_and_pitch(audio, spoken, rng):
    """Resamples by a few percent: tempo, pitch and formants move together; the phone times follow."""
    percent = int(rng.integers(90, 113))
    moved = resample_poly(audio, 100, percent)
    return moved, [(viseme, a * 100 / percent, b * 100 / percent) for viseme, a, b in spoken]
