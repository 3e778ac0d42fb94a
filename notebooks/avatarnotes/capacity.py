"""Reads what ``avatarflow bench capacity``, ``bench batching`` and ``avatarflow plan`` wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from avatarnotes import engine


@dataclass(frozen=True)
class Profile:
    """A capacity profile: what one process of a machine carries with one pack, and what a block costs its device."""

    pack: str
    machine: str
    seats: int
    on_time: float
    block_millis: int
    stages: list[dict]

    @staticmethod
    def read(file: Path) -> Profile:
        """Reads the file that ``bench capacity --profile`` wrote."""
        data = json.loads(file.read_text())
        return Profile(data["pack"], data["machine"], data["seats"], data["onTime"], data["blockMillis"], data["stages"])

    def batch_sizes(self) -> list[int]:
        """The numbers of sessions for which every graph was timed."""
        return sorted(set.intersection(*({int(n) for n in stage["latencyMillis"]} for stage in self.stages)))

    def block_costs(self, batch: int) -> dict[str, float]:
        """Milliseconds that each graph takes for a block of one session, in a batch of so many; all its steps together."""
        return {s["name"]: s["steps"] * s["latencyMillis"][str(batch)] / batch for s in self.stages}


def carried(measured: dict[str, float]) -> dict[str, float]:
    """Sessions that the engine carried, and that plain loops would."""
    prefix = next(name.removesuffix("loop_seats") for name in measured if name.endswith("loop_seats"))
    return {
        "the engine, live": measured[prefix + "seats"],
        "a plain loop, one thread": measured[prefix + "loop_seats"],
        "plain loops, all cores": measured[prefix + "all_cores_seats"],
    }


def what_if(file: Path) -> dict[str, dict[str, float]]:
    """The needs of a plan and of each of its variations, by name: the measures without their prefix."""
    prefix, rows = "plan.", {"the plan": {}}
    for measure, value in engine.measures(file).items():
        name, _, last = measure.removeprefix(prefix).rpartition(".")
        row = name.removeprefix("what_if.").replace("_", " ").replace("percent", "%") or "the plan"
        rows.setdefault(row, {})[last] = value
    return rows


def modelled(measured: dict[str, float]) -> dict[str, float]:
    """Sessions that a modelled device carries, by the way that work is given to it."""
    return {
        "batches of what is there": measured["modelled.engine_seats"],
        "batches by a fixed window": measured["modelled.window_seats"],
        "one thread a session": measured["modelled.fifo_seats"],
    }
