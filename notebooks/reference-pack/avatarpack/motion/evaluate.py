"""Measures the motion half of the pack: lips from audio, and free-running performances against the teacher.

    python -m avatarpack.motion.evaluate --features DATA/features --tracks DATA/tracks --audio DATA/audio.pt \
        --motion DATA/performer.pt --twin DATA/twin.pt --json motion.json --table motion.md --card PACK/CARD.md

Everything runs on sentences that were never trained on. Ratios are model over teacher on the same audio; "other draw"
is the teacher run once more, the noise floor of a ratio.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from avatarpack.motion.audio_net import AudioMotion
from avatarpack.motion.diffusion import MotionModel
from avatarpack.motion.export import modules
from avatarpack.motion.lips import follow, heads
from avatarpack.motion.report import Report, write_section
from avatarpack.motion.stage import Settings, free_runs
from avatarpack.motion.statistics import describe, head_difference, longest_freeze
from avatarpack.motion.teacher import HEAD, perform
from avatarpack.motion.training import averaged
from avatarpack.requirements import require_file
from avatarpack.speech.features import load_features
from avatarpack.speech.sentences import is_test

SEEDS = (1, 2)
SHIPPED_STEPS, SHIPPED_GUIDANCE = 2, 1.5
WITHIN = (0.75, 1.25)
RATIOS = (
    "pitch.deviation",
    "yaw.deviation",
    "roll.deviation",
    "yaw.autocorrelation-200ms",
    "pitch.autocorrelation-200ms",
    "shift.deviation",
    "brow-inner.deviation",
    "brow-down.deviation",
    "squint.deviation",
    "head.speed",
    "head.velocity-0-1-hz",
    "head.velocity-1-2.5-hz",
    "head.velocity-2.5-5-hz",
    "head.velocity-5-13-hz",
    "blinks.per-minute",
    "blinks.closing-fully",
    "blinks.frames",
    "gaze.shifts-per-minute",
    "gaze.shift-size",
    "gaze.at-camera",
    "nod.size",
    "brow.raise",
    "nod.correlation",
    "yaw.speaking-over-listening",
)
GUIDANCE = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
MONOTONE = ("nod.size", "nod.correlation", "brow.raise")
EXPRESSIONS = (  # (valence, arousal), measure, output channel that must move, least mean change
    ((1.0, 0.0), "valence-plus-1.smile", 5, 0.2),
    ((-1.0, 0.0), "valence-minus-1.frown", 6, 0.2),
    ((0.0, 1.0), "arousal-plus-1.brow-outer-up", 20, 0.1),
    ((0.0, -1.0), "arousal-minus-1.lids", 16, 0.05),
)
_YAW_OUT = 25


class TestTracks:
    """Tracks of unseen sentences with the teacher's performance to each."""

    def __init__(self, path):
        with np.load(path) as stored:
            self.mel, self.energy = torch.from_numpy(stored["mel"]), torch.from_numpy(stored["energy"])
            self.values, self.loudness, self.speaking = stored["values"], stored["loudness"], stored["speaking"]
        self.frames = self.values.shape[1]

    def describe(self, values):
        return describe(values, self.loudness, self.speaking)

    def run(self, parts, runs, steps=2):
        """[(motion, process)] of each run."""
        return list(free_runs(parts, self.mel, self.energy, runs, steps))


def measure_lips(report, net, features):
    """Aperture correlation and closures, for voices that were trained on and voices that were not."""
    for name, held_out, correlation, closed in (("known", False, 0.85, 0.85), ("unseen", True, 0.75, 0.85)):
        spoken = [u for u in load_features(features, held_out=held_out) if is_test(u["sentence"])]
        for kind, copies in (("clean", (0,)), ("distorted", (1, 2))):
            chosen = [u for u in spoken if u["copy"] in copies]
            bars = ((correlation, None), (closed, None)) if kind == "clean" else (None, None)
            by_voice, hits, lags = [], [], []
            for voice in sorted({u["voice"] for u in chosen}):
                own = [u for u in chosen if u["voice"] == voice]
                value, share, lag = follow(net, heads(net, own), own)
                by_voice.append(value)
                hits.append(share)
                lags.append(abs(lag))
            report.add(f"lips.{name}.{kind}.aperture-correlation", by_voice, "", bars[0])
            report.add(f"lips.{name}.{kind}.closed-on-p-b-m", hits, "", bars[1])
            report.add(f"lips.{name}.{kind}.lag", lags, "frames", (None, 1) if kind == "clean" else None)


def measure_performances(report, tracks, parts):
    """Free runs of every step count at the shipped guidance against the teacher; bars apply to the shipped steps."""
    teacher = tracks.describe(tracks.values)
    rng = np.random.default_rng(77)
    again = np.stack([perform(loud, turn, rng).values for loud, turn in zip(tracks.loudness, tracks.speaking)])
    other = tracks.describe(again)
    deviation = tracks.values.std((0, 1))
    for name in RATIOS:
        report.add(f"teacher.{name}", teacher[name])
        report.add(f"other-draw.{name}.ratio", other[name] / teacher[name])
    report.add("other-draw.two-seed-difference", head_difference(tracks.values, again, deviation))
    for steps in (1, 2, 4):
        runs = [Settings(seed=seed, guidance=SHIPPED_GUIDANCE) for seed in SEEDS]
        drawn = [values for _, values in tracks.run(parts, runs, steps)]
        figures = [tracks.describe(values) for values in drawn]
        for name in RATIOS:
            bar = WITHIN if steps == SHIPPED_STEPS else None
            report.add(f"steps-{steps}.{name}.ratio", [f[name] / teacher[name] for f in figures], "", bar)
        difference = head_difference(*drawn, deviation)
        report.add(f"steps-{steps}.two-seed-difference", difference, "", (0.6, None) if steps == SHIPPED_STEPS else None)
        report.add(f"steps-{steps}.longest-freeze", [longest_freeze(v) for v in drawn], "s", (None, 1.0))


def measure_twin(report, tracks, twin_parts):
    """The regression twin: same inputs and size, squared error, no noise."""
    ((_, values),) = tracks.run(twin_parts, [Settings()], steps=0)
    share = values[..., list(HEAD)].var((0, 1)) / tracks.values[..., list(HEAD)].var((0, 1))
    report.add("regression-twin.head-variance-share", float(share.mean()), "", (None, 0.2))


def measure_guidance(report, tracks, parts):
    rows = [tracks.describe(values) for _, values in tracks.run(parts, [Settings(guidance=w) for w in GUIDANCE])]
    for name in MONOTONE:
        course = [row[name] for row in rows]
        for weight, value in zip(GUIDANCE, course):
            report.add(f"guidance-{weight:g}.{name}", value)
        rises = float(all(b > a for a, b in zip(course, course[1:])))
        report.add(f"guidance.{name}.rises-throughout", rises, "", (1, None))


def measure_controls(report, tracks, parts):
    """Expression, smoothing and the override track do what they say. All runs share their noise."""
    override, mask = torch.zeros(tracks.frames, 32), torch.zeros(tracks.frames, 32)
    override[:, _YAW_OUT] = 0.1 * torch.sin(torch.arange(tracks.frames) / 12)
    mask[100:300, _YAW_OUT] = 1
    runs = [Settings()] + [Settings(expression=e) for e, *_ in EXPRESSIONS]
    runs += [Settings(smoothing=0.5), Settings(smoothing=1.0), Settings(override=override, mask=mask)]
    motions = [motion for motion, _ in tracks.run(parts, runs)]
    neutral = motions[0]
    for (_, name, channel, bar), motion in zip(EXPRESSIONS, motions[1:]):
        moved = motion[..., channel].mean() - neutral[..., channel].mean()
        report.add(f"expression.{name}", moved, "", (bar, None))
    speeds = [np.abs(np.diff(m[..., 24:27], axis=1)).mean() * 25 for m in (neutral, motions[-3], motions[-2])]
    for smoothing, speed in zip((0, 0.5, 1), speeds):
        report.add(f"smoothing-{smoothing:g}.head-speed", speed, "rad/s")
    report.add("smoothing.falls-throughout", float(speeds[0] > speeds[1] > speeds[2]), "", (1, None))
    yaw = motions[-1][..., _YAW_OUT]
    report.add("override.error", np.abs(yaw[:, 100:300] - override[100:300, _YAW_OUT].numpy()).max(), "rad", (None, 1e-6))
    report.add("override.jump-at-release", np.abs(yaw[:, 300] - yaw[:, 299]).max(), "rad", (None, 0.05))


def measure_endurance(report, path, parts):
    """Five minutes without drift: deviation of yaw, last minute over first, and the longest freeze."""
    tracks = TestTracks(path)
    ((_, values),) = tracks.run(parts, [Settings(guidance=SHIPPED_GUIDANCE)])
    yaw = values[..., HEAD[1]]
    span = min(1500, yaw.shape[1] // 2)
    drift = yaw[:, -span:].std() / yaw[:, :span].std()
    report.add("five-minutes.yaw-deviation-last-over-first-minute", drift, "", (0.5, 2.0))
    report.add("five-minutes.longest-freeze", longest_freeze(values), "s", (None, 1.0))
    report.add("five-minutes.greatest-head-angle", np.abs(values[..., 8:11]).max(), "rad", (None, 0.6))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, what in (
        ("features", "folder of speech features"),
        ("tracks", "folder of tracks"),
        ("audio", "checkpoint of train_audio"),
        ("motion", "checkpoint of calibrate"),
        ("json", "report to write"),
    ):
        parser.add_argument(f"--{name}", required=True, help=what)
    parser.add_argument("--twin", help="checkpoint of train_motion --loss squared; left out if absent")
    parser.add_argument("--table", help="markdown table to write")
    parser.add_argument("--card", help="CARD.md whose section of motion figures is rewritten")
    parser.add_argument("--check", action="store_true", help="end with code 1 when a bar is missed")
    args = parser.parse_args()
    for path in (args.audio, args.motion, Path(args.tracks) / "test.npz"):
        require_file(path, "see the steps in README.md")
    torch.set_num_threads(1)
    audio = averaged(args.audio, AudioMotion())
    parts = modules(audio, averaged(args.motion, MotionModel()))
    tracks, report = TestTracks(Path(args.tracks) / "test.npz"), Report("reference-pack.motion")
    measure_lips(report, audio, args.features)
    measure_performances(report, tracks, parts)
    if args.twin:
        measure_twin(report, tracks, modules(audio, averaged(args.twin, MotionModel())))
    measure_guidance(report, tracks, parts)
    measure_controls(report, tracks, parts)
    measure_endurance(report, Path(args.tracks) / "long.npz", parts)
    report.write(args.json)
    if args.table:
        Path(args.table).write_text(report.table() + "\n")
    if args.card:
        write_section(args.card, "motion figures", report.table(barred_only=True))
    print(report.table())
    missed = report.missed()
    tail = f"; missed: {', '.join(missed)}" if missed else ""
    print(f"{len(report.bars) - len(missed)} of {len(report.bars)} bars hold{tail}")
    raise SystemExit(1 if missed and args.check else 0)


if __name__ == "__main__":
    main()
