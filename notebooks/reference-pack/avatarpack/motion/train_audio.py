"""Trains the audio to mouth network.

    python -m avatarpack.motion.train_audio --features DATA/features --checkpoint DATA/audio.pt --minutes 15

With --block 1 --look-ahead 1 --start DATA/audio.pt it makes the mouth of the low-latency pack out of a finished one.
Resumable: started again it goes on from the checkpoint until the total of `--minutes` is reached.
"""

import argparse

import numpy as np
import torch

from avatarpack.motion.audio_net import BLOCK, LOOK_AHEAD, AudioMotion, audio_loss
from avatarpack.motion.lips import calibrate
from avatarpack.motion.training import Run, averaged
from avatarpack.speech.features import load_features
from avatarpack.speech.logmel import BANDS, FLOOR, OFFSET, SCALE, SILENCE, SUBFRAMES
from avatarpack.speech.sentences import is_test

BATCH, FRAMES = 16, 96
FLITE_WEIGHT = 5.0  # how much more often a voice of flite speaks than one of espeak-ng: they are few, and the most alike to people


class Batches:
    """Random stretches of speech with pauses between the utterances, distorted anew each time."""

    def __init__(self, utterances, seed, look_ahead=LOOK_AHEAD):
        self.look_ahead = look_ahead
        self.utterances, self.rng = utterances, np.random.default_rng(seed)
        by_voice = {}
        for i, item in enumerate(utterances):
            by_voice.setdefault(item["voice"], []).append(i)
        self.voices = list(by_voice.values())
        weight = np.array([FLITE_WEIGHT if name.startswith("flite") else 1.0 for name in by_voice])
        self.chance = weight / weight.sum()
        sample = np.concatenate([item["mouth"] for item in utterances[::20]]).astype(np.float32)
        self.scale = torch.tensor(np.maximum(sample.std(0), 0.08))

    def _row(self, length):
        mel = np.full((length, SUBFRAMES * BANDS), SILENCE, np.float32)
        mouth = np.zeros((length, 16), np.float32)
        closed, viseme = np.zeros(length, np.float32), np.zeros(length, np.int64)
        voice = self.voices[self.rng.choice(len(self.voices), p=self.chance)]
        place = -int(self.rng.integers(0, 60))
        while place < length:
            item = self.utterances[voice[self.rng.integers(len(voice))]]
            a, b = max(place, 0), min(place + len(item["mel"]), length)
            if b > a:
                part = slice(a - place, b - place)
                mel[a:b], mouth[a:b] = item["mel"][part], item["mouth"][part]
                closed[a:b], viseme[a:b] = item["closed"][part], item["viseme"][part]
            place += len(item["mel"]) + int(self.rng.choice([0, 6, 18, 40]))
        return mel, mouth, closed, viseme

    def _distort(self, mel):
        """Loudness, spectral slope, vocal tract length and a steady noise, in the power domain. mel [B, F, 160]."""
        count = len(mel)
        power = np.exp(mel.reshape(count, -1, BANDS) / SCALE - OFFSET) - FLOOR
        bands = np.arange(BANDS)
        factor = self.rng.uniform(0.9, 1.1, count)
        source = np.clip(bands[None] * factor[:, None] + self.rng.uniform(-0.6, 0.6, (count, 1)), 0, BANDS - 1.001)
        low = source.astype(int)
        part = (source - low)[:, :, None]
        rows = np.arange(count)[:, None]
        by_band = power.transpose(0, 2, 1)
        moved = (by_band[rows, low] * (1 - part) + by_band[rows, low + 1] * part).transpose(0, 2, 1)
        decibel = self.rng.uniform(-10, 10, (count, 1)) + self.rng.normal(0, 3, (count, 1)) * np.linspace(-1, 1, BANDS)
        moved = moved * 10 ** (decibel / 10)[:, None]
        hiss = 10 ** self.rng.uniform(-6, -1.5, (count, 1, 1)) * (self.rng.random((count, 1, 1)) < 0.5)
        moved += hiss * self.rng.exponential(1, moved.shape)
        return ((np.log(np.maximum(moved, 0) + FLOOR) + OFFSET) * SCALE).reshape(mel.shape).astype(np.float32)

    def next(self):
        rows = [self._row(FRAMES + self.look_ahead) for _ in range(BATCH)]
        mel, mouth, closed, viseme = (np.stack(part) for part in zip(*rows))
        mel = torch.from_numpy(self._distort(mel))
        return mel, *(torch.from_numpy(part[:, :FRAMES]) for part in (mouth, closed, viseme))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--block", type=int, default=BLOCK, help="frames of a block")
    parser.add_argument("--look-ahead", type=int, default=LOOK_AHEAD, help="frames of audio behind a block")
    parser.add_argument("--start", help="checkpoint of a network with longer blocks to begin from")
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(7)
    utterances = [u for u in load_features(args.features, held_out=False) if not is_test(u["sentence"])]
    network = AudioMotion(block=args.block, look_ahead=args.look_ahead)
    if args.start:
        network.begin_from(torch.load(args.start, weights_only=True)["average"])
    run = Run(args.checkpoint, network, args.minutes, args.rate)
    batches = Batches(utterances, 11 + run.steps, args.look_ahead)
    size = sum(p.numel() for p in network.parameters())
    print(f"{len(utterances)} utterances of {len(batches.voices)} voices; {size} parameters", flush=True)
    while run.unfinished:
        loss, notes = audio_loss(network, *batches.next(), batches.scale)
        run.step(loss, notes)
    run.save()
    closed = averaged(args.checkpoint, AudioMotion(block=args.block, look_ahead=args.look_ahead))
    print("lips:", calibrate(closed, utterances[:: max(1, len(utterances) // 500)]), flush=True)
    for name in ("touch_slope", "touch_bias"):
        run.average[name] = getattr(closed, name).clone()
    run.save()


if __name__ == "__main__":
    main()
