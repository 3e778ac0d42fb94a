"""Speech from the program `flite` (permissive licence), with the phone times that it prints."""

import re
import subprocess

import numpy as np
from scipy.signal import resample_poly

from avatarpack.speech.logmel import RATE
from avatarpack.speech.wav import read_wav

_PHONE = re.compile(r"(\S+):([\d.]+)")


def speak(text, voice, path, stretch=1.0, pitch=None):
    """Speaks `text` into `path` and returns (samples at 16 kHz in [-1, 1), [(phone, start s, end s)]).

    `stretch` above 1 is slower speech; `pitch` is the mean of the fundamental in Hz, the voice's own if None.
    """
    command = ["flite", "-voice", voice, "-t", text, "-o", str(path), "-psdur", "--setf", f"duration_stretch={stretch}"]
    if pitch:
        command += ["--setf", f"int_f0_target_mean={pitch}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    phones, start = [], 0.0
    for name, end in _PHONE.findall(printed):
        phones.append((name.rstrip("0123456789"), start, float(end)))
        start = float(end)
    rate, pcm = read_wav(path)
    audio = pcm / 32768.0
    if rate != RATE:
        audio = resample_poly(audio, RATE, rate)
    return np.asarray(audio, np.float32), phones
