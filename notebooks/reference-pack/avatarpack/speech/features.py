"""Turns a corpus into training arrays: log-mel, energy, mouth coefficients, closures and visemes of every frame.

    python -m avatarpack.speech.features --corpus DATA/corpus --out DATA/features

Each file of the corpus gives one file: copy 0 is the clean speech, the other is distorted. What is there is kept.
"""

import argparse
import time
import zlib
from pathlib import Path

import numpy as np

from avatarpack.requirements import MissingRequirement, require_space
from avatarpack.speech.augment import distort, tempo_and_pitch
from avatarpack.speech.logmel import BANDS, FPS, FRAME, RATE, SUBFRAMES, energy, frame_count, log_mel
from avatarpack.speech.mouth import closures, mouth_track
from avatarpack.speech.phones import visemes
from avatarpack.speech.synthesis import PARTS, load_voice
from avatarpack.speech.voices import VOICES

CLEAN_LEVEL = 0.08
MARGIN = 3  # frames of silence on both sides of an utterance, into which the mouth's movements reach
NEEDED_MIB = 1000


def utterance(audio, spoken):
    """Arrays of one utterance between margins, keyed by name, first axis = frames; closures as [n, 2] seconds."""
    before, length = MARGIN / FPS, len(audio) / RATE
    audio = np.pad(audio, MARGIN * FRAME)
    spoken = [("silence", 0.0, before), *((v, a + before, b + before) for v, a, b in spoken), ("silence", before + length, 2 * before + length)]
    frames = frame_count(len(audio))
    mouth, closed, label = mouth_track(spoken, frames)
    return {
        "mel": log_mel(audio).reshape(frames, SUBFRAMES * BANDS).astype(np.float16),
        "energy": energy(audio).astype(np.float32),
        "mouth": mouth.astype(np.float16),
        "closed": closed.astype(np.float16),
        "viseme": label,
        "closures": np.array(closures(spoken), np.float32).reshape(-1, 2),
    }


def voice_features(voice, corpus, copies):
    """All utterances of one voice in one set of arrays, with `ends` and `closure_ends` to cut them apart."""
    rng = np.random.default_rng(zlib.crc32(Path(corpus).stem.encode()))
    rows, sentences, numbers = [], [], []
    for sentence, audio, phones in load_voice(corpus):
        spoken = visemes(phones, voice.engine)
        level = CLEAN_LEVEL / (np.sqrt(np.mean(audio**2)) + 1e-6)
        for copy in range(copies):
            if copy == 0:
                rows.append(utterance(np.clip(audio * level, -1, 1), spoken))
            else:
                moved, times = tempo_and_pitch(audio, spoken, rng)
                rows.append(utterance(distort(moved, rng), times))
            sentences.append(sentence)
            numbers.append(copy)
    joined = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return {
        **joined,
        "ends": np.cumsum([len(row["mel"]) for row in rows]),
        "closure_ends": np.cumsum([len(row["closures"]) for row in rows]),
        "sentence": np.array(sentences),
        "copy": np.array(numbers),
    }


def load_features(folder, held_out=None):
    """Utterances of all stored voices, each a dict of arrays with voice, held_out, sentence and copy."""
    known = {voice.name: voice for voice in VOICES}
    out = []
    for path in sorted(Path(folder).glob("*.npz")):
        voice = known.get(path.stem.partition("+")[0])
        if voice is None or (held_out is not None and voice.held_out != held_out):
            continue
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        ends, marks = arrays["ends"], arrays["closure_ends"]
        for i in range(len(ends)):
            rows = slice(0 if i == 0 else ends[i - 1], ends[i])
            item = {name: arrays[name][rows] for name in ("mel", "energy", "mouth", "closed", "viseme")}
            item["closures"] = arrays["closures"][0 if i == 0 else marks[i - 1] : marks[i]]
            item.update(voice=voice.name, held_out=voice.held_out, sentence=int(arrays["sentence"][i]))
            item["copy"] = int(arrays["copy"][i])
            out.append(item)
    if not out:
        raise MissingRequirement(
            f'folder "{folder}" holds no speech features; make them with python -m avatarpack.speech.features'
        )
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--copies", type=int, default=2, help="the clean one and this many less one distorted ones")
    args = parser.parse_args()
    require_space(args.out, NEEDED_MIB)
    started, frames = time.time(), 0
    for voice, name in [(v, v.name + part) for v in VOICES for part in PARTS]:
        source, target = Path(args.corpus) / f"{name}.npz", Path(args.out) / f"{name}.npz"
        if source.exists() and not target.exists():
            arrays = voice_features(voice, source, args.copies)
            partial = target.with_suffix(".part")
            with open(partial, "wb") as sink:
                np.savez(sink, **arrays)
            partial.rename(target)
            frames += len(arrays["mel"])
            print(f"{name}: {frames} frames, {time.time() - started:.0f} s so far", flush=True)


if __name__ == "__main__":
    main()
