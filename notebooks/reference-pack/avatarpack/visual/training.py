"""What all trainers share: their options, where they begin, and a resumable run with a time budget, a cosine learning rate,
averaged weights and a log."""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..requirements import MissingRequirement, require_space
from .base import MotionBase
from .diffusion import Diffusion

SAVE_EVERY = 150.0  # seconds


class Run:
    """One training run of a module, resumed from `folder`/`name`.pt when that exists.

    Minutes are of processor time, so that a busy or stopped machine delays a run but does not shorten it.
    horizon: minutes of training in all after which the learning rate has gone to its end; may lie beyond this run.
    """

    def __init__(self, module: nn.Module, folder, name, minutes, horizon, rate, decay, average=0.998):
        require_space(folder, 200)
        torch.set_num_threads(1)
        self.module, self.path, self.average = module, Path(folder) / f"{name}.pt", average
        self.log = Path(folder) / f"{name}.jsonl"
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=rate, betas=(0.9, 0.98), weight_decay=decay)
        self.rate, self.minutes, self.horizon = rate, minutes, horizon
        self.step, self.seconds, self.sums, self.count = 0, 0.0, {}, 0
        self.averaged = {k: v.clone() for k, v in module.state_dict().items()}
        if self.path.exists():
            saved = torch.load(self.path, weights_only=True)
            if "optimizer" not in saved:
                raise MissingRequirement(f'checkpoint "{self.path}" was restored from a pack and cannot be gone on with, only started from; move it away to train "{name}" anew')
            module.load_state_dict(saved["weights"])
            self.optimizer.load_state_dict(saved["optimizer"])
            self.averaged, self.step, self.seconds = saved["averaged"], saved["step"], saved["seconds"]
        self.resumed, self.started, self.saved = self.seconds, time.process_time(), time.time()

    def running(self):
        """Whether the time of this run is not yet spent; saves now and then, and at the end."""
        spent = time.process_time() - self.started
        self.seconds = self.resumed + spent
        going = spent < self.minutes * 60
        if not going or time.time() - self.saved > SAVE_EVERY:
            self.save()
            self.saved = time.time()
        return going

    def update(self, loss, measures):
        """One optimiser step; `measures` are averaged into the log."""
        progress = min(1.0, self.seconds / (self.horizon * 60))
        rate = self.rate * min(1.0, (self.step + 1) / 60) * (0.5 * (1 + math.cos(math.pi * progress)) * 0.97 + 0.03)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        if torch.isfinite(norm):
            self.optimizer.step()
        self.step += 1
        keep = min(self.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for k, v in self.module.state_dict().items():
                self.averaged[k].lerp_(v, 1 - keep)
        for k, v in {"loss": loss.item(), **measures}.items():
            if v is not None and math.isfinite(v):
                total, n = self.sums.get(k, (0.0, 0))
                self.sums[k] = total + v, n + 1
        self.count += 1
        if self.count == 50:
            line = {"step": self.step, "minutes": round(self.seconds / 60, 2), **{k: round(s / n, 5) for k, (s, n) in self.sums.items()}}
            with self.log.open("a") as out:
                out.write(json.dumps(line) + "\n")
            print(line, flush=True)
            self.sums, self.count = {}, 0

    def save(self):
        """Writes the checkpoint in one move, so that a stopped machine leaves the old one or the new one."""
        scratch = self.path.with_suffix(".part")
        state = {
            "weights": self.module.state_dict(),
            "averaged": self.averaged,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }
        try:
            torch.save(state, scratch)
            scratch.replace(self.path)
        except (OSError, RuntimeError) as error:
            raise MissingRequirement(f'checkpoint "{self.path}" could not be written ({error}); free space there and start again, it goes on from the last one') from error


def load_averaged(module, folder, name, made_by):
    """Loads the averaged weights of a run into `module` and returns it in evaluation mode."""
    path = Path(folder) / f"{name}.pt"
    if not path.exists():
        raise MissingRequirement(f'no checkpoint "{path}"; make it with "python -m avatarpack.visual.{made_by}"')
    module.load_state_dict(torch.load(path, weights_only=True)["averaged"])
    return module.eval()


def decibels(error):
    """Peak signal-to-noise ratio of a mean squared error of pictures in 0..1."""
    return -10 * math.log10(max(error, 1e-10))


def parser(about, base=True):
    """The options that every trainer takes; `about` is the trainer's module description. Without `base` it needs no motion base."""
    out = argparse.ArgumentParser(description=about.splitlines()[0])
    out.add_argument("--data", required=True, type=Path, help="folder of rendered shards")
    out.add_argument("--runs", required=True, type=Path, help="folder of checkpoints and logs")
    if base:
        out.add_argument("--base", required=True, type=Path, help="what avatarpack.visual.base wrote")
    out.add_argument("--minutes", type=float, default=60, help="how long to train now")
    out.add_argument("--horizon", type=float, help="minutes in all after which the learning rate has reached its end (default: --minutes)")
    out.add_argument("--seed", type=int, default=0)
    return out


def start(module, name, options, sampler, rate, decay):
    """The run of a module, new or resumed, and a random generator for the trainer's own draws.

    Sampler and torch are seeded for the step at which the run stands, so that one that goes on sees new draws."""
    run = Run(module, options.runs, name, options.minutes, options.horizon or options.minutes, rate, decay)
    sampler.rng.seed(options.seed + run.step)
    torch.manual_seed(options.seed + run.step)
    return run, np.random.RandomState(options.seed + run.step + 1)


def finished_diffusion(runs, base):
    """The denoising side as its run left it, for trainers of what comes behind it."""
    return load_averaged(Diffusion(MotionBase.load(base)), runs, "denoiser", "train_denoiser")
