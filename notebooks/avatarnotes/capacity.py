"""From the cost of a block to seats: the arithmetic of the capacity notebook."""

from __future__ import annotations

from statistics import median

from avatarnotes.recording import Frame


def costs(frames: list[Frame]) -> dict[str, float]:
    """Milliseconds that each stage computes for a block, the median, which a busy machine disturbs least; a batch is shared
    by its members."""
    shares: dict[str, list[float]] = {}
    for frame in frames:
        for stage, _, compute in frame.stages:
            shares.setdefault(stage, []).append(compute / max(1, frame.batch_size) / 1000)
    return {stage: median(values) for stage, values in shares.items()}


def seats(cost_millis: float, block_millis: float, cores: int, use: float = 0.7) -> int:
    """Sessions that fit when each block of every session costs so much and cores may be used to that share."""
    return int(cores * use * block_millis / cost_millis)


def machines(sessions: int, seats_each: int, spare: int = 1, fill: float = 0.75) -> int:
    """Machines for so many sessions: keys spread unevenly over them, so that only a part of the seats is filled before one
    is full; and spare ones that take over."""
    return -(-sessions // max(1, int(seats_each * fill))) + spare
