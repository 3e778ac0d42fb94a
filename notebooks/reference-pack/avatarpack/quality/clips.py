"""What the judged clips are: people, sentences, voices and the motion that drives them.

Half of the clips are spoken by voices of the training set, half by voices that no training saw; all sentences are test
sentences. The driving motion is the mouth that the phone times give, and a scripted performance to the clip's loudness.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..motion.graphs import LIDS_FOLLOW, LIMITS, PLACES
from ..motion.hearing import hear_tracks
from ..motion.teacher import BLINK, GAZE, PITCH, YAW, perform
from ..requirements import MissingRequirement
from ..speech.features import CLEAN_LEVEL
from ..speech.logmel import FRAME, RATE, energy, log_mel
from ..speech.mouth import closures, mouth_track
from ..speech.phones import visemes
from ..speech.sentences import is_test
from ..speech.synthesis import load_voice
from ..speech.voices import VOICES

PEOPLE = 20
FRAMES = 250
FIRST_PERSON = 220_000
LEAD = 6  # frames of silence before the first sentence
GAP = 8


@dataclass
class Clip:
    """One person saying some sentences: audio [640 * frames], motion [frames, 32], mouth [frames, 16], closures in seconds."""

    number: int
    seed: int
    voice: str
    unseen_voice: bool
    audio: np.ndarray
    motion: np.ndarray
    mouth: np.ndarray
    closures: list

    def name(self):
        """Names the clip and all that was made for it; changes with its content."""
        content = self.motion.tobytes() + self.audio.tobytes() + str(self.seed).encode()
        return f"{self.number:02d}-{hashlib.sha256(content).hexdigest()[:8]}"


def _speech(utterances, frames):
    """Sentences one after another with gaps: samples [640 * frames] and visemes with times in seconds.

    The gaps are silence to the mouth as well. Without, the first sound of a sentence would open it long before it is heard."""
    audio, spoken, at = np.zeros(frames * FRAME, np.float32), [("silence", 0.0, LEAD * FRAME / RATE)], LEAD * FRAME
    for samples, sounds in utterances:
        length = min(len(samples), len(audio) - at)
        if length <= 0:
            break
        level = CLEAN_LEVEL / (np.sqrt(np.mean(samples**2)) + 1e-6)
        audio[at : at + length] = np.clip(samples[:length] * level, -1, 1)
        offset = at / RATE
        spoken += [(v, a + offset, b + offset) for v, a, b in sounds if a + offset < frames * FRAME / RATE]
        ended, at = offset + len(samples) / RATE, at + -(-len(samples) // FRAME) * FRAME + GAP * FRAME
        spoken.append(("silence", ended, at / RATE))
    return audio, spoken


def _motion(audio, mouth, seed):
    """Motion [frames, 32]: the mouth and a scripted performance, eyes turned in the head to where the gaze is."""
    frames = len(mouth)
    mel = torch.from_numpy(log_mel(audio, frames + 2).reshape(1, frames + 2, -1)).float()
    _, loudness = hear_tracks(mel, torch.from_numpy(energy(audio, frames + 2))[None].float())
    loudness = loudness[0, :frames].numpy()
    values = perform(loudness, np.ones(frames), np.random.default_rng(seed)).values
    motion = np.zeros((frames, 32), np.float32)
    motion[:, :16] = mouth
    for process, output in PLACES.items():
        motion[:, output] = values[:, process]
    motion[:, 16] = motion[:, 17] = values[:, BLINK]
    motion[:, 22] = values[:, GAZE[0]] - values[:, YAW]
    motion[:, 23] = values[:, GAZE[1]] + values[:, PITCH] - LIDS_FOLLOW * values[:, BLINK]
    motion[:, 31] = loudness
    for channel, limit in LIMITS.items():
        motion[:, channel] = np.clip(motion[:, channel], -limit, limit)
    return motion


def make(corpus, people=PEOPLE, frames=FRAMES):
    """The clips, the same every time for a corpus."""
    groups = []
    for held_out in (False, True):
        names = [v for v in VOICES if v.held_out == held_out and (Path(corpus) / f"{v.name}.npz").exists()]
        if not names:
            kind = "kept-out" if held_out else "training"
            raise MissingRequirement(f'folder "{corpus}" holds no {kind} voice; make them with "python -m avatarpack.speech.synthesis --out {corpus}"')
        groups.append(names)
    out = []
    for i in range(people):
        unseen = i % 2 == 1
        voices = groups[unseen]
        voice = voices[(i // 2) * max(1, 2 * len(voices) // PEOPLE) % len(voices)]
        spoken = [(s, a, p) for s, a, p in load_voice(Path(corpus) / f"{voice.name}.npz") if is_test(s)]
        if not spoken:
            raise MissingRequirement(f'voice "{voice.name}" in "{corpus}" speaks no test sentence; make the corpus anew')
        turned = spoken[(3 * i) % len(spoken) :] + spoken[: (3 * i) % len(spoken)]
        audio, sounds = _speech([(a, visemes(p, voice.engine)) for _, a, p in turned], frames)
        mouth = mouth_track(sounds, frames)[0]
        closed = [c for c in closures(sounds) if c[1] < frames * FRAME / RATE]
        out.append(Clip(i, FIRST_PERSON + i, voice.name, unseen, audio, _motion(audio, mouth, 4000 + i), mouth, closed))
    return out
