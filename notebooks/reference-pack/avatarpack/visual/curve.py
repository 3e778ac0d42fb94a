"""Trains the denoiser from the plan on and measures on the way what it gains over the motion base, in decibels of pictures.

    python -m avatarpack.visual.curve --data DIR --runs DIR --base base.npz --test DIR --pictures RUNS --at 0 1 2 5 10 20 40

DIR of --runs holds plan.pt; checkpoints and gain.jsonl are written there, and a stopped run goes on. RUNS holds a finished decoder, the
same for every point, so that only the denoiser changes along the curve, and a finished denoiser to compare with. At every point the averaged weights run freely, with
two steps, on the test people (avatarpack.visual.dataset --plain, other seeds). Minutes are of processor time, the plan's included.
"""

import json
from pathlib import Path

import torch

from . import evaluate, train_denoiser, training
from .base import MotionBase
from .diffusion import Diffusion
from .stream import load_renderer

MEASURES = ("psnr", "psnr_mouth", "psnr_eyes")


def untrained(options):
    """The diffusion with nothing but the plan."""
    torch.manual_seed(options.seed)
    model = Diffusion(MotionBase.load(options.base)).eval()
    training.load_averaged(model.plan, options.runs, "plan", "train_plan")
    return model


def minutes_of(folder, name):
    """Minutes that a checkpoint was trained for, 0 if there is none."""
    path = folder / f"{name}.pt"
    return torch.load(path, weights_only=True)["seconds"] / 60 if path.exists() else 0.0


def main():
    parser = train_denoiser.parser()
    parser.description = __doc__.splitlines()[0]
    parser.add_argument("--test", required=True, type=Path, help="folder of rendered test people")
    parser.add_argument("--pictures", required=True, type=Path, help="folder of checkpoints with a finished decoder")
    parser.add_argument("--at", type=float, nargs="+", default=[0, 1, 2, 5, 10, 20, 40], help="minutes of the denoiser's training to measure at")
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--frames", type=int, default=50)
    options = parser.parse_args()
    torch.set_num_threads(1)
    marks = sorted(options.at)
    options.horizon = options.horizon or marks[-1]
    renderer, people = load_renderer(options.pictures), evaluate.People(options.test, options.people, options.frames)
    base, _ = evaluate.run_variant("base", people, renderer, untrained(options))

    def measure(label, model):
        found, _ = evaluate.run_variant("steps2", people, renderer, model)
        line = {**label, **{f"gain_{what}": round(found[what] - base[what], 3) for what in MEASURES}}
        with (options.runs / "gain.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")
        print(line, flush=True)

    for mark in marks:
        done = minutes_of(options.runs, "denoiser")
        if done > mark + 0.1:
            continue
        options.minutes = mark - done
        if options.minutes > 0:
            train_denoiser.train(options)
        model = training.finished_diffusion(options.runs, options.base) if mark else untrained(options)
        measure({"minutes": round(minutes_of(options.runs, "plan") + mark, 2)}, model)
    measure({"finished": True}, training.finished_diffusion(options.pictures, options.base))


if __name__ == "__main__":
    main()
