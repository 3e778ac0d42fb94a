"""Trains the motion diffusion on true pasts ("teacher forcing"); `--loss squared` trains its regression twin.

    python -m avatarpack.motion.train_motion --tracks DATA/tracks --checkpoint DATA/motion.pt --minutes 25
"""

import argparse
from pathlib import Path

import torch

from avatarpack.motion.diffusion import NOISE, WIDTH, MotionModel, alpha_sigma, with_null_flag
from avatarpack.motion.scores import (
    assemble_target,
    block_error,
    block_score,
    event_labels,
    event_loss,
    new_fixation_targets,
)
from avatarpack.motion.sequences import TrackSet, context_noise
from avatarpack.motion.training import Run, averaged
from avatarpack.requirements import require_file

BATCH, BLOCKS, BURN_IN = 12, 64, 6
AT_NOISE = 0.4
EVENT_WEIGHT = 0.5


def targets(model, sequences):
    """Clean denoiser blocks [B, N, 26] and where a fixation begins, [B, N]."""
    normalizer = model.normalizer
    innovation = (sequences.blocks() - normalizer.predict(sequences.past())) / normalizer.residual
    shuffled = torch.randint(0, innovation.shape[0] * innovation.shape[1], innovation.shape[:2])
    gaze, begins = new_fixation_targets(sequences.frames[:, 4:], sequences.fixation_starts, shuffled)
    return assemble_target(innovation, normalizer.gaze_scores(gaze)), begins


def two_samples(model, clean, condition):
    """Two draws of the denoiser at random times; at pure noise they also start from different noise."""
    time = torch.rand(clean.shape[:-1])
    time = torch.where(torch.rand_like(time) < AT_NOISE, torch.ones_like(time), time) * 0.999 + 0.001
    alpha, sigma = alpha_sigma(time[..., None])
    first = torch.randn_like(clean)
    second = torch.where((time >= 0.999)[..., None], torch.randn_like(clean), first)
    noisy = torch.stack([alpha * clean + sigma * first, alpha * clean + sigma * second])
    noise = torch.randn(2, *time.shape, NOISE)
    return model.denoise(noisy, torch.stack([time, time]), torch.stack([condition, condition]), noise)


def event_losses(model, condition, sequences, rows):
    """Cross entropy of both event heads for the blocks in `rows`."""
    blinks = event_labels(sequences.blink_starts)[:, rows]
    fixations = event_labels(sequences.fixation_starts)[:, rows]
    possible = sequences.blink_possible()[:, rows].float()
    return event_loss(model.blink(condition), blinks, possible) + event_loss(
        model.fixation(condition), fixations, torch.ones_like(possible)
    )


def forced_loss(model, sequences, squared):
    previous = context_noise(sequences.previous(), model.normalizer, 0.7)
    previous[:, 0] *= (torch.rand(len(previous), 1) < 0.5).float()
    heard = with_null_flag(sequences.heard, sequences.null)
    condition, _ = model.context(heard, previous, torch.zeros(1, len(previous), WIDTH))
    clean, begins = targets(model, sequences)
    rows = slice(BURN_IN, None)
    condition, clean, begins = condition[:, rows], clean[:, rows], begins[:, rows]
    if squared:
        ones = torch.ones(clean.shape[:-1])
        draw = model.denoise(torch.zeros_like(clean), ones, condition, torch.zeros(*ones.shape, NOISE))
        loss = block_error(draw, clean, begins)
    else:
        loss = block_score(*two_samples(model, clean, condition), clean, begins)
    events = event_losses(model, condition, sequences, rows)
    return loss + EVENT_WEIGHT * events, {"block": loss, "events": events}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--loss", choices=("energy", "squared"), default="energy")
    parser.add_argument("--start", help="checkpoint whose weights to begin from, with the normaliser that belongs to them")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(5)
    path = require_file(Path(args.tracks) / "train.npz", "make it with python -m avatarpack.motion.tracks")
    tracks = TrackSet(path)
    if args.start:
        require_file(args.start, "make it with python -m avatarpack.restore")
        model = averaged(args.start, MotionModel()).train()
    else:
        model = MotionModel()
        model.normalizer.fit(tracks.values[:200])
    model.normalizer.fit_gaze(tracks.values, tracks.fixation_starts)
    run = Run(args.checkpoint, model, args.minutes, 2e-3)
    torch.manual_seed(5 + run.steps)
    tracks.seed(run.steps)
    print(f"{len(tracks.values)} tracks; {sum(p.numel() for p in model.parameters())} parameters", flush=True)
    while run.unfinished:
        loss, notes = forced_loss(model, tracks.draw(model.normalizer, BATCH, BLOCKS), args.loss == "squared")
        run.step(loss, notes)
    run.save()


if __name__ == "__main__":
    main()
