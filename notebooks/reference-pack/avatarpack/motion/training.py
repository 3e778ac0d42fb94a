"""A training run that can be stopped at any time and goes on where it stopped."""

import json
import math
import time
from pathlib import Path

import torch

from avatarpack.requirements import MissingRequirement, require_space

SAVE_EVERY_SECONDS = 120
LOG_EVERY_STEPS = 200


class Run:
    """One network, its optimiser, its averaged weights and the time it has trained, all kept in one checkpoint file; its
    course stands beside it, in the lines that results.ipynb draws.

    The budget is processor time, so that a busy machine delays a run but does not shorten it. The learning rate follows
    a cosine over the whole budget; a resumed run keeps its place on that curve.
    """

    def __init__(self, path, network, minutes, rate, fresh=False):
        self.path, self.network, self.budget, self.rate = Path(path), network, minutes * 60, rate
        require_space(self.path.parent, 100)
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=1e-3)
        self.average = {k: v.clone() for k, v in network.state_dict().items()}
        self.steps, self.trained, self.smoothed, self.history = 0, 0.0, None, []
        if self.path.exists() and not fresh:
            self._load()
        self._mark, self._saved = time.process_time(), time.time()

    def _load(self):
        stored = torch.load(self.path, weights_only=True)
        if "optimizer" not in stored:
            raise MissingRequirement(
                f'checkpoint "{self.path}" was restored from a pack and cannot be gone on with, only started from; write to another file'
            )
        self.network.load_state_dict(stored["network"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.average, self.steps, self.trained = stored["average"], stored["steps"], stored["seconds"]
        self.smoothed, self.history = stored["smoothed"], stored["history"]
        print(f"resumed {self.path.name} at step {self.steps}, {self.trained:.0f} s", flush=True)

    def save(self):
        stored = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average,
            "steps": self.steps,
            "seconds": self.trained,
            "smoothed": self.smoothed,
            "history": self.history,
        }
        partial = self.path.with_suffix(".part")
        torch.save(stored, partial)
        partial.rename(self.path)
        self.path.with_suffix(".jsonl").write_text(
            "".join(
                json.dumps({"step": step, "minutes": round(seconds / 60, 2), "loss": loss}) + "\n"
                for step, seconds, loss in self.history
            )
        )
        self._saved = time.time()

    @property
    def progress(self):
        return min(1.0, self.trained / self.budget) if self.budget else 1.0

    @property
    def unfinished(self):
        return self.trained < self.budget

    def step(self, loss, notes):
        """One optimiser step on `loss`; `notes` is a dict of numbers for the log."""
        warm = min(1.0, (self.steps + 1) / 100)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.progress)))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.steps += 1
        keep = min(0.999, 1 - 5 / (self.steps + 5))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].mul_(keep).add_(value, alpha=1 - keep)
        self.smoothed = loss.item() if self.smoothed is None else 0.98 * self.smoothed + 0.02 * loss.item()
        now = time.process_time()
        self.trained, self._mark = self.trained + now - self._mark, now
        if self.steps % LOG_EVERY_STEPS == 0:
            self.history.append((self.steps, round(self.trained, 1), round(self.smoothed, 5)))
            details = " ".join(f"{k} {v.item():.4f}" for k, v in notes.items())
            print(f"step {self.steps} {self.trained:.0f} s loss {self.smoothed:.4f} {details}", flush=True)
        if time.time() - self._saved > SAVE_EVERY_SECONDS:
            self.save()


def averaged(path, network):
    """Loads the averaged weights of a checkpoint into `network`, for use; returns it in evaluation mode."""
    network.load_state_dict(torch.load(path, weights_only=True)["average"])
    return network.eval()
