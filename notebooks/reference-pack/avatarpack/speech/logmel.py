"""Log-mel features, the same numbers that the engine computes.

Video frame t (25 fps) owns samples [640 t, 640 (t + 1)) at 16 kHz. It has four sub-frames k; the window of sub-frame k
covers samples [640 t + 160 k - 240, + 400), so that the last one ends where the frame ends. Samples outside the
recording are 0. Value = (ln(mel power + 1e-6) + 6) / 5.
"""

import numpy as np

RATE = 16000
FPS = 25
FRAME = RATE // FPS
SUBFRAMES = 4
HOP = FRAME // SUBFRAMES
WINDOW = 400
FFT = 512
BANDS = 40
LOW_HZ, HIGH_HZ = 60.0, 7600.0
FLOOR, OFFSET, SCALE = 1e-6, 6.0, 0.2
SILENCE = (np.log(FLOOR) + OFFSET) * SCALE

_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)


def mel_filters():
    """Triangles of height 1 on the HTK mel scale, [BANDS, FFT / 2 + 1]."""

    def to_mel(hz):
        return 2595 * np.log10(1 + hz / 700)

    edges = 700 * (10 ** (np.linspace(to_mel(LOW_HZ), to_mel(HIGH_HZ), BANDS + 2) / 2595) - 1)
    bins = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0, None)


_FILTERS = mel_filters()


def frame_count(samples):
    """Video frames of a recording: the last one may be incomplete."""
    return -(-samples // FRAME)


def log_mel(audio, frames=None):
    """Features [frames, 4, 40] (float64) of mono samples in [-1, 1)."""
    audio = np.asarray(audio, np.float64)
    frames = frame_count(len(audio)) if frames is None else frames
    lead = WINDOW - HOP
    padded = np.zeros(lead + frames * FRAME)
    kept = min(len(audio), frames * FRAME)
    padded[lead : lead + kept] = audio[:kept]
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: frames * SUBFRAMES]
    out = np.empty((frames * SUBFRAMES, BANDS))
    for start in range(0, len(windows), 4096):
        spectrum = np.fft.rfft(windows[start : start + 4096] * _HANN, FFT)
        power = spectrum.real**2 + spectrum.imag**2
        out[start : start + 4096] = (np.log(power @ _FILTERS.T + FLOOR) + OFFSET) * SCALE
    return out.reshape(frames, SUBFRAMES, BANDS)


def energy(audio, frames=None):
    """Root mean square of the 640 samples of each frame, [frames]."""
    audio = np.asarray(audio, np.float64)
    frames = frame_count(len(audio)) if frames is None else frames
    padded = np.zeros(frames * FRAME)
    kept = min(len(audio), frames * FRAME)
    padded[:kept] = audio[:kept]
    return np.sqrt((padded.reshape(frames, FRAME) ** 2).mean(1))
