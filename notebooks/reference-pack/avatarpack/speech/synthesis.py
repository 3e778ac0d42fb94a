"""Speaks the sentences with every voice and stores audio with phone times, three files a voice.

`NAME.npz` holds the sentences that all voices share, `NAME+own.npz` those of a training voice alone, `NAME+invented.npz` its
own ones of words that do not exist.

    python -m avatarpack.speech.synthesis --out DATA/corpus

A voice that is already there is kept, so that an interrupted run goes on where it stopped.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from avatarpack.requirements import require_programs, require_space
from avatarpack.speech import espeak, flite
from avatarpack.speech.logmel import RATE
from avatarpack.speech.sentences import ALL, invented_sentences, own_sentences
from avatarpack.speech.voices import VOICES

NEEDED_MIB = 2000
OWN, INVENTED = 30, 60
PARTS = ("", "+own", "+invented")  # ends of the names of a voice's files


def _shift_formants(audio, phones, factor):
    """Resamples so that formants and pitch rise by `factor`; the times shrink with it."""
    if factor == 1.0:
        return audio, phones
    down = round(100 * factor)
    return resample_poly(audio, 100, down).astype(np.float32), [(p, a / factor, b / factor) for p, a, b in phones]


def speak_voice(voice, texts):
    """[(samples at 16 kHz, [(phone, start s, end s)])] of the texts in this voice."""
    tempo = voice.tempo / voice.formants
    with tempfile.TemporaryDirectory() as folder:
        if voice.engine == "flite":
            wav = Path(folder) / "part.wav"
            spoken = [
                flite.speak(text, voice.model, wav, stretch=round(1 / tempo, 3), pitch=round(voice.pitch / voice.formants))
                for text in texts
            ]
        else:
            spoken = list(espeak.speak_all(texts, voice.model, voice.pitch, tempo, folder))
    return [_shift_formants(audio, phones, voice.formants) for audio, phones in spoken]


def save_voice(path, indices, spoken):
    ends = np.cumsum([len(audio) for audio, _ in spoken])
    pcm = np.concatenate([np.clip(audio * 32768, -32768, 32767).astype(np.int16) for audio, _ in spoken])
    partial = path.with_suffix(".part.npz")
    np.savez(
        partial,
        pcm=pcm,
        ends=ends,
        sentences=np.array(indices),
        phones=np.array(json.dumps([phones for _, phones in spoken])),
    )
    partial.rename(path)


def load_voice(path):
    """[(sentence index, samples in [-1, 1), [(phone, start s, end s)])] of a stored voice."""
    with np.load(path) as stored:
        parts = np.split(stored["pcm"], stored["ends"][:-1])
        phones = json.loads(str(stored["phones"]))
        sentences = stored["sentences"].tolist()
    return [(i, part / np.float32(32768), list(map(tuple, p))) for i, part, p in zip(sentences, parts, phones)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="folder for the corpus")
    parser.add_argument("--short", action="store_true", help="a few voices and sentences only")
    args = parser.parse_args()
    require_programs("flite", "espeak-ng")
    require_space(args.out, 50 if args.short else NEEDED_MIB)
    shared = [(i, ALL[i]) for i in range(0, len(ALL), 8 if args.short else 1)]
    voices = VOICES[::9] + tuple(v for v in VOICES if v.held_out)[:2] if args.short else VOICES
    started, seconds = time.time(), 0.0
    for voice in voices:
        texts_of = [shared, [], []]
        if not voice.held_out:
            seed = VOICES.index(voice)
            texts_of[1:] = own_sentences(seed, 4 if args.short else OWN), invented_sentences(seed, 4 if args.short else INVENTED)
        for part, texts in zip(PARTS, texts_of):
            name = f"{voice.name}{part}"
            path = Path(args.out) / f"{name}.npz"
            if texts and not path.exists():
                spoken = speak_voice(voice, [text for _, text in texts])
                save_voice(path, [number for number, _ in texts], spoken)
                length = sum(len(audio) for audio, _ in spoken) / RATE
                seconds += length
                print(f"{name}: {length:.0f} s of speech, {time.time() - started:.0f} s so far", flush=True)
    print(f"{len(voices)} voices; {seconds:.0f} s of new speech in {time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
