"""Makes the normal scores that the motion model draws for new fixations normal: of mean 0 and deviation 1.

    python -m avatarpack.motion.calibrate --tracks DATA/tracks --audio DATA/audio.pt --start DATA/rollout.pt --checkpoint DATA/performer.pt

A score's place on the table of gazes means a share of all fixations, which holds only if the scores are spread as the table
takes them to be. A network of this size draws them a little too close together. Its free runs over sentences of the training set
say by how much; mean and deviation of each axis become constants of the graph.
"""

import argparse
from pathlib import Path

import torch

from avatarpack.motion.audio_net import BLOCK, AudioMotion
from avatarpack.motion.diffusion import MotionModel
from avatarpack.motion.evaluate import SEEDS, SHIPPED_GUIDANCE, SHIPPED_STEPS, TestTracks
from avatarpack.motion.export import modules
from avatarpack.motion.stage import Settings
from avatarpack.motion.teacher import CHANNELS, GAZE
from avatarpack.motion.training import averaged
from avatarpack.requirements import require_file


def drawn_scores(parts, tracks):
    """Normal scores [n, 2] of every block of free runs as the pack ships, and the chance [n] that a fixation begins there."""
    scores, chances = [], []

    def note(_, given):
        x0, gaze_logits = given[0], given[4]
        scores.append(x0.reshape(-1, BLOCK, len(CHANNELS))[..., list(GAZE)].mean(1))
        chances.append(1 - torch.softmax(gaze_logits, -1)[:, 0])

    hook = parts["motion_assemble"].register_forward_pre_hook(note)
    tracks.run(parts, [Settings(seed=seed, guidance=SHIPPED_GUIDANCE) for seed in SEEDS], SHIPPED_STEPS)
    hook.remove()
    return torch.cat(scores), torch.cat(chances)


def calibrate(model, audio, tracks):
    """Fits the two constants of each axis; returns (centre, spread)."""
    normalizer = model.normalizer
    normalizer.gaze_centre.zero_()
    normalizer.gaze_spread.fill_(1)
    scores, chances = drawn_scores(modules(audio, model), tracks)
    share = (chances / chances.sum())[:, None]
    centre = (share * scores).sum(0)
    spread = (share * (scores - centre) ** 2).sum(0).sqrt()
    normalizer.gaze_centre.copy_(centre)
    normalizer.gaze_spread.copy_(spread)
    return centre, spread


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, what in (
        ("tracks", "folder of tracks"),
        ("audio", "checkpoint of train_audio"),
        ("start", "checkpoint of rollout"),
        ("checkpoint", "checkpoint to write"),
    ):
        parser.add_argument(f"--{name}", required=True, type=Path, help=what)
    args = parser.parse_args()
    torch.set_num_threads(1)
    path = require_file(args.tracks / "calibration.npz", "make it with python -m avatarpack.motion.tracks")
    require_file(args.audio, "make it with python -m avatarpack.motion.train_audio")
    require_file(args.start, "make it with python -m avatarpack.motion.rollout")
    model = averaged(args.start, MotionModel())
    centre, spread = calibrate(model, averaged(args.audio, AudioMotion()), TestTracks(path))
    torch.save({"average": model.state_dict()}, args.checkpoint)
    print(f"normal scores of the gaze: mean {centre.tolist()}, deviation {spread.tolist()}")


if __name__ == "__main__":
    main()
