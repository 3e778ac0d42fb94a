"""Reading and writing of 16-bit mono WAV files."""

import wave

import numpy as np


def read_wav(path):
    """(rate, int16 samples) of a mono 16-bit file."""
    with wave.open(str(path)) as source:
        if source.getnchannels() != 1 or source.getsampwidth() != 2:
            raise ValueError(
                f"{path}: {source.getnchannels()} channels of {8 * source.getsampwidth()} bits, mono 16-bit is needed"
            )
        return source.getframerate(), np.frombuffer(source.readframes(source.getnframes()), np.int16)


def write_wav(path, rate, samples):
    """Writes int16 samples, or floats in [-1, 1), as a mono 16-bit file."""
    samples = np.asarray(samples)
    if samples.dtype != np.int16:
        samples = np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)
    with wave.open(str(path), "wb") as sink:
        sink.setnchannels(1)
        sink.setsampwidth(2)
        sink.setframerate(rate)
        sink.writeframes(samples.tobytes())
