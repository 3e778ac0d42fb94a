"""Minutes of dialogue with a performance to each: the training, calibration and test sets of the motion model.

    python -m avatarpack.motion.tracks --features DATA/features --out DATA/tracks
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from avatarpack.motion.hearing import hear_tracks
from avatarpack.motion.teacher import perform
from avatarpack.requirements import require_space
from avatarpack.speech.features import load_features
from avatarpack.speech.logmel import BANDS, FLOOR, OFFSET, SCALE, SILENCE, SUBFRAMES, mel_filters
from avatarpack.speech.sentences import is_test

_HISS = mel_filters().sum(1) * 150.0  # mel power of white noise of unit deviation: sum of the squared Hann window


class Dialogue:
    """Draws tracks in which one voice speaks and listens in turns of sentences, pauses and longer silences."""

    def __init__(self, utterances, seed):
        self.rng = np.random.default_rng(seed)
        by_voice = {}
        for item in utterances:
            by_voice.setdefault(item["voice"], []).append(item)
        self.voices = list(by_voice.values())

    def draw(self, frames):
        """(mel [frames, 160], energy [frames], speaking [frames]) of one track."""
        rng = self.rng
        power = np.zeros((frames, SUBFRAMES, BANDS))
        energy, speaking = np.zeros(frames), np.ones(frames)
        voice = self.voices[rng.integers(len(self.voices))]
        at = int(rng.integers(0, 30))
        while at < frames:
            if rng.random() < 0.3:
                length = int(rng.integers(60, 300))
                speaking[at : at + length] = 0
                at += length
                continue
            item = voice[rng.integers(len(voice))]
            length = min(len(item["energy"]), frames - at)
            mel = item["mel"][:length].astype(np.float64).reshape(length, SUBFRAMES, BANDS)
            power[at : at + length] = np.exp(mel / SCALE - OFFSET) - FLOOR
            energy[at : at + length] = item["energy"][:length]
            at += length + int(rng.integers(3, 14) if rng.random() < 0.7 else rng.integers(14, 50))
        gain = 10 ** (rng.uniform(-12, 6) / 20)
        slope = 10 ** (rng.normal(0, 2) * np.linspace(-1, 1, BANDS) / 10)
        power, energy = power * gain**2 * slope, energy * gain
        if rng.random() < 0.4:
            hiss = 10 ** rng.uniform(-4, -2)
            power += hiss**2 * _HISS * rng.gamma(4, 0.25, power.shape)
            energy = np.sqrt(energy**2 + hiss**2)
        mel = (np.log(np.maximum(power, 0) + FLOOR) + OFFSET) * SCALE
        return mel.reshape(frames, SUBFRAMES * BANDS).astype(np.float16), energy.astype(np.float32), speaking

    def tracks(self, count, frames, raw):
        """Dict of arrays: heard features, loudness, speaking, and a performance to each of `count` tracks; with `raw`
        also mel and energy, two frames longer (the look-ahead), for runs of the whole stage."""
        drawn = [self.draw(frames + 2) for _ in range(count)]
        mel = torch.from_numpy(np.stack([d[0] for d in drawn]))
        energy = torch.from_numpy(np.stack([d[1] for d in drawn]))
        heard, loudness = hear_tracks(mel, energy)
        speaking = np.stack([d[2][:frames] for d in drawn])
        loudness = loudness.numpy()
        performances = [perform(loudness[i], speaking[i], self.rng) for i in range(count)]
        kept = {"mel": mel.numpy(), "energy": energy.numpy()} if raw else {}
        return {
            **kept,
            "heard": heard.numpy().astype(np.float16),
            "loudness": loudness,
            "speaking": speaking.astype(np.float32),
            "values": np.stack([p.values for p in performances]),
            "blink_starts": np.stack([p.blink_starts for p in performances]),
            "fixation_starts": np.stack([p.fixation_starts for p in performances]),
        }


def _save(path, parts):
    partial = path.with_suffix(".part")
    with open(partial, "wb") as sink:
        np.savez(sink, **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    partial.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--tracks", type=int, default=540, help="training tracks of a minute")
    parser.add_argument("--short", action="store_true", help="16 short tracks only")
    args = parser.parse_args()
    require_space(args.out, 500)
    started, out = time.time(), Path(args.out)
    utterances = load_features(args.features, held_out=False)
    training = [u for u in utterances if not is_test(u["sentence"])]
    testing = [u for u in utterances if is_test(u["sentence"])]
    minute = 500 if args.short else 1500
    for name, chosen, count, frames, seed in (
        ("train", training, 16 if args.short else args.tracks, minute, 1),
        ("test", testing, 4 if args.short else 16, minute, 2),
        ("calibration", training, 4 if args.short else 16, minute, 4),
        ("long", testing, 1 if args.short else 4, minute if args.short else 7500, 3),
    ):
        dialogue = Dialogue(chosen, seed)
        sizes = [min(20, count - k) for k in range(0, count, 20)]
        _save(out / f"{name}.npz", [dialogue.tracks(size, frames, name != "train") for size in sizes])
        print(f"{name}: {count} tracks of {frames} frames, {time.time() - started:.0f} s so far", flush=True)


if __name__ == "__main__":
    main()
