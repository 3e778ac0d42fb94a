"""Speaks the sample that the product bundles: about ten seconds, flite's voice "slt", 16 kHz mono.

    python -m avatarpack.speech.sample --out ../../jobs/src/main/resources/samples/hello.wav
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from avatarpack.requirements import require_programs
from avatarpack.speech.flite import speak
from avatarpack.speech.logmel import RATE
from avatarpack.speech.wav import write_wav

SENTENCES = (
    "Hello, and welcome to Avatar Flow.",
    "One picture and one voice are all I need.",
    "My lips, my head and my eyes move with the speech, while the stream is running.",
)
PEAK = 0.7
PAUSE = 0.12


def sample():
    """The sentences with short pauses between them, scaled to a peak of 0.7."""
    pause = np.zeros(int(PAUSE * RATE))
    parts = [pause]
    with tempfile.TemporaryDirectory() as folder:
        for text in SENTENCES:
            parts += [speak(text, "slt", Path(folder) / "part.wav", stretch=1.0)[0], pause]
    audio = np.concatenate(parts)
    return audio * (PEAK / np.abs(audio).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    require_programs("flite")
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    audio = sample()
    write_wav(args.out, RATE, audio)
    print(f"{args.out}: {len(audio) / RATE:.2f} s")


if __name__ == "__main__":
    main()
