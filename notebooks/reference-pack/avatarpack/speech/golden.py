"""Writes the golden log-mel values that the engine's own feature extractor is tested against.

    python -m avatarpack.speech.golden --sample ../../jobs/src/main/resources/samples/hello.wav \
        --out ../../operators/src/test/resources/golden/logmel.json
"""

import argparse
import json
from pathlib import Path

import numpy as np

from avatarpack.requirements import require_file
from avatarpack.speech.logmel import energy, log_mel
from avatarpack.speech.wav import read_wav

FORMULA = "x[n] = 0.5 sin(2 pi (110 + 0.02 n) n / 16000) + 0.1 sin(2 pi 3100 n / 16000)"
FORMULA_SAMPLES = 6400
SPEECH_START, SPEECH_SAMPLES = 16000, 8000


def formula_signal(samples=FORMULA_SAMPLES):
    n = np.arange(samples)
    return 0.5 * np.sin(2 * np.pi * (110 + 0.02 * n) * n / 16000) + 0.1 * np.sin(2 * np.pi * 3100 * n / 16000)


def _case(name, describe, audio):
    return {
        "name": name,
        **describe,
        "energy": [round(float(v), 9) for v in energy(audio)],
        "logMel": [[[round(float(v), 7) for v in sub] for sub in frame] for frame in log_mel(audio)],
    }


def golden(sample):
    rate, pcm = read_wav(sample)
    excerpt = pcm[SPEECH_START : SPEECH_START + SPEECH_SAMPLES]
    return {
        "source": "python -m avatarpack.speech.golden (notebooks/reference-pack): NumPy, double precision, numpy.fft.rfft",
        "layout": "logMel[frame][sub-frame][band]; energy[frame] = root mean square; each case is a session of its own",
        "cases": [
            _case("formula", {"formula": FORMULA, "samples": FORMULA_SAMPLES}, formula_signal()),
            _case(
                "speech",
                {"file": "samples/hello.wav", "firstSample": SPEECH_START, "pcm16": [int(v) for v in excerpt]},
                excerpt / 32768.0,
            ),
        ],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", required=True, help="16 kHz mono 16-bit WAV")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    require_file(args.sample, "make it with python -m avatarpack.speech.sample")
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(golden(args.sample))
    Path(args.out).write_text(text.replace('{"name"', '\n{"name"').replace("]], [[", "]],\n[[") + "\n")


if __name__ == "__main__":
    main()
