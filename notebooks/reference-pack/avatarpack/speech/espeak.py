"""Speech from espeak-ng, which is GPL-3 and therefore only ever runs as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from avatarpack.speech.logmel import RATE
from avatarpack.speech.wav import read_wav

WORDS_PER_MINUTE = 165
_PROGRAM = Path(__file__).with_name("espeak_phones.py")


def speak_all(texts, voice, pitch, tempo, folder):
    """Speaks all texts with one process; yields (samples at 16 kHz, [(phone, start s, end s)]) in their order."""
    requests = [json.dumps({"text": text, "wav": str(Path(folder) / f"{i}.wav")}) for i, text in enumerate(texts)]
    command = [sys.executable, str(_PROGRAM), voice, str(pitch), str(round(WORDS_PER_MINUTE * tempo))]
    done = subprocess.run(command, input="\n".join(requests), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'espeak-ng, voice "{voice}", ended with code {done.returncode}: {done.stderr.strip()}')
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        rate, pcm = read_wav(answer["wav"])
        audio = resample_poly(pcm / 32768.0, 320, 441) if rate == 22050 else resample_poly(pcm / 32768.0, RATE, rate)
        length = len(audio) / RATE
        starts = [ms / 1000 for _, ms in answer["phones"]] + [length]
        phones = [(name, starts[i], min(starts[i + 1], length)) for i, (name, _) in enumerate(answer["phones"])]
        yield np.asarray(audio, np.float32), phones
