"""Fine-tunes the motion diffusion on its own free runs.

Teacher forcing never shows the model its own past, and a block of two frames says little about the shape of a nod. From
a true past two runs of several blocks are drawn, and the energy score is taken over the whole stretch: change of
position, velocity and acceleration. Blinks and gaze follow the true events meanwhile.

    python -m avatarpack.motion.rollout --tracks DATA/tracks --start DATA/motion.pt --checkpoint DATA/rollout.pt --minutes 12
"""

import argparse
from pathlib import Path

import torch

from avatarpack.motion.audio_net import BLOCK
from avatarpack.motion.diffusion import NOISE, SIZE, SMOOTH, WIDTH, MotionModel, ancestral, with_null_flag
from avatarpack.motion.scores import block_score, energy_score
from avatarpack.motion.sequences import TrackSet, context_noise
from avatarpack.motion.teacher import BLINK, FACE, GAZE, HEAD, RAISED
from avatarpack.motion.train_motion import BURN_IN, EVENT_WEIGHT, event_losses, targets, two_samples
from avatarpack.motion.training import Run, averaged
from avatarpack.requirements import require_file

BATCH, WARM_UP = 32, 40
TIMES = (1.0, 0.5, 0.0)
GIVEN = [BLINK, *GAZE]


class HorizonScales:
    """Deviations of the process by horizon, in which the score of a stretch is measured."""

    def __init__(self, standard, frames):
        moves = [(standard[:, k:] - standard[:, :-k]).std((0, 1)) for k in range(1, frames + 1)]
        self.move = torch.stack(moves).clamp(min=1e-3)
        self.speed = (standard[:, 1:] - standard[:, :-1]).std((0, 1)).clamp(min=1e-3)
        self.bend = (standard[:, 2:] - 2 * standard[:, 1:-1] + standard[:, :-2]).std((0, 1)).clamp(min=1e-3)

    def views(self, run, before):
        """run [..., B, F, 13] and the two frames before it -> moves, velocities, accelerations."""
        full = torch.cat([before.expand(*run.shape[:-2], 2, run.shape[-1]), run], -2)
        speed = full[..., 1:, :] - full[..., :-1, :]
        return (
            (run - before[..., -1:, :]) / self.move,
            speed[..., 1:, :] / self.speed,
            (speed[..., 1:, :] - speed[..., :-1, :]) / self.bend,
        )


def stretch_score(scales, runs, truth, before):
    """Energy score of two runs [2, B, F, 13] against the truth, mean over the batch."""
    total = 0
    for made, true in zip(scales.views(runs, before), scales.views(truth, before)):
        for group in (HEAD, FACE, RAISED):
            part = list(group)
            a, b, x = (v[..., part].flatten(-2) for v in (made[0], made[1], true))
            total = total + energy_score(a, b, x).mean()
    return total / (truth.shape[1] / BLOCK) ** 0.5


def free_runs(model, sequences, heard, state, steps):
    """Two free runs after the warm-up, [2, B, F, 13], with gradients through all of their blocks."""
    count, normalizer = len(heard), model.normalizer

    def both(x):
        return torch.cat([x, x], 0)

    truth, past = both(sequences.blocks()), both(sequences.past()[:, WARM_UP])
    previous, heard, state = both(sequences.previous()[:, WARM_UP : WARM_UP + 1]), both(heard), torch.cat([state, state], 1)
    out = []
    for block in range(WARM_UP, truth.shape[1]):
        condition, state = model.context(heard[:, block : block + 1], previous, state)
        condition = condition[:, 0]
        noisy = torch.randn(2 * count, SIZE)
        times = TIMES if steps == 2 else (1.0, 0.0)
        for now, then in zip(times, times[1:]):
            clean = model.denoise(noisy, torch.full((2 * count,), now), condition, torch.randn(2 * count, NOISE))
            if then > 0:
                noisy = ancestral(noisy, clean, now, then, torch.randn(2 * count, SIZE))
        drawn = clean.unflatten(-1, (BLOCK, -1)) * normalizer.residual + normalizer.predict(past)
        drawn = torch.maximum(torch.minimum(drawn, normalizer.high), normalizer.low)
        frames = truth[:, block].clone()
        frames[..., list(SMOOTH)] = drawn[..., list(SMOOTH)]
        out.append(frames)
        past = torch.cat([frames.flip(1), past], 1)[:, : past.shape[1]]
        previous = frames.reshape(2 * count, 1, SIZE)
    return torch.stack(out, 1).reshape(2, count, -1, truth.shape[-1])


def rollout_loss(model, sequences, scales, steps):
    previous = context_noise(sequences.previous(), model.normalizer, 0.5)
    heard = with_null_flag(sequences.heard, sequences.null)
    warm = slice(None, WARM_UP)
    condition, state = model.context(heard[:, warm], previous[:, warm], torch.zeros(1, len(heard), WIDTH))
    runs = free_runs(model, sequences, heard, state, steps)
    truth = sequences.blocks()[:, WARM_UP:].flatten(1, 2)
    before = sequences.blocks()[:, WARM_UP - 1]
    stretch = stretch_score(scales, runs, truth, before)
    clean, begins = targets(model, sequences)
    part, rows = slice(0, 12), slice(BURN_IN, WARM_UP)
    kept = condition[part, rows]
    block = block_score(*two_samples(model, clean[part, rows], kept), clean[part, rows], begins[part, rows])
    events = event_losses(model, condition[:, rows], sequences, rows)
    return stretch + 0.3 * block + EVENT_WEIGHT * events, {"stretch": stretch, "block": block, "events": events}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", required=True)
    parser.add_argument("--start", required=True, help="checkpoint of train_motion")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--blocks", type=int, default=8, help="length of a free run")
    args = parser.parse_args()
    torch.set_num_threads(1)
    path = require_file(Path(args.tracks) / "train.npz", "make it with python -m avatarpack.motion.tracks")
    require_file(args.start, "make it with python -m avatarpack.motion.train_motion")
    model = averaged(args.start, MotionModel()).train()
    tracks = TrackSet(path)
    scales = HorizonScales(model.normalizer.standard(tracks.values[:60]), BLOCK * args.blocks)
    run = Run(args.checkpoint, model, args.minutes, 6e-4)
    torch.manual_seed(9 + run.steps)
    tracks.seed(9 + run.steps)
    while run.unfinished:
        sequences = tracks.draw(model.normalizer, BATCH, WARM_UP + args.blocks)
        loss, notes = rollout_loss(model, sequences, scales, steps=1 + run.steps % 2)
        run.step(loss, notes)
    run.save()


if __name__ == "__main__":
    main()
