"""Measures the committed pack on unseen people who say unseen sentences, and writes the quality table.

    python -m avatarpack.quality --mesh MESH --corpus DATA/corpus --pack PACK --out DIR [--card PACK/CARD.md] [--speed speed.json]

Twenty rendered people of seeds that no training used say ten seconds each, half of them in voices that no training heard;
four of them go on for 65 s. Frames come from the pack's ONNX files through the block loop of quality/engine.py. What was made
stays in DIR, so that a stopped run goes on where it was: the renderer's frames for good, generated frames as long as the graphs
are the same. --short takes two people and 40 frames. --speed takes the JSON of `avatarflow pack bench`.

Measures: quality.track.* (driven by the clip's own motion), quality.audio.* (driven by its speech alone), quality.drift.*,
quality.identity.*, quality.renderer.* (the judge on the renderer's own frames), quality.steps-N.*, quality.gain.* (denoised against the motion base alone), quality.speed.*, quality.weights.
"""

import argparse
import dataclasses
import json
import time
from pathlib import Path

import numpy as np

from .. import judge
from ..motion.report import Report, write_section
from ..requirements import MissingRequirement, require_file
from . import clips, measures
from .engine import Pack
from .runs import AUDIO, BASE, FOUR_STEPS, ONE_STEP, TRACK, Runs
from .truth import Renderer

SEGMENT, SEGMENTS, LONG_PEOPLE, COMPARED_PEOPLE = 126, 13, 4, 6
JUDGED = ("mouths", "eyes", "identities", "ceiling")
PARTS = ("fidelity", *JUDGED, "drift", "comparisons")
BARS = {
    "quality.track.psnr": (28, None),
    "quality.track.psnr-mouth": (27, None),
    "quality.track.psnr-eyes": (27, None),
    "quality.track.ssim": (0.92, None),
    "quality.drift.psnr": (-0.3, None),
    "quality.track.aperture-correlation": (0.93, None),
    "quality.track.aperture-lag": (None, 1),
    "quality.audio.known.aperture-correlation": (0.85, None),
    "quality.audio.unseen.aperture-correlation": (0.75, None),
    "quality.audio.closed-on-p-b-m": (0.85, None),
    "quality.track.blinks-visible": (0.95, None),
    "quality.track.blinks-invented": (None, 0),
    "quality.identity.distance": (None, 0.25),
    "quality.identity.nearest-own": (1, None),
    "quality.track.flicker": (0.8, 1.25),
    "quality.speed.two-steps": (35, None),
    "quality.speed.one-step": (45, None),
    "quality.weights": (None, 30),
    "quality.gain.psnr-mouth": (0.5, None),
    "quality.gain.psnr-eyes": (0.5, None),
    "quality.steps-2.psnr-over-one": (-0.3, None),
    "quality.steps-4.psnr-over-one": (-0.3, None),
}
SOFT = {
    "quality.track.psnr",
    "quality.track.psnr-mouth",
    "quality.track.psnr-eyes",
    "quality.track.ssim",
    "quality.audio.unseen.aperture-correlation",
    "quality.audio.closed-on-p-b-m",
    "quality.gain.psnr-mouth",
    "quality.gain.psnr-eyes",
}
SUMMED = (("psnr", "all"), ("psnr-mouth", "mouth"), ("psnr-eyes", "eyes"))


class Table:
    """The report under way, with what it is made from."""

    def __init__(self, options):
        self.report, self.cache = Report("reference-pack-quality"), Path(options.out)
        self.renderer, self.pack = Renderer(options.mesh), Pack(options.pack)
        people, frames = (2, 40) if options.short else (options.people, clips.FRAMES)
        self.clips = clips.make(options.corpus, people, frames)
        self.segments = 3 if options.short else SEGMENTS
        self.truth = {}
        for clip in self.clips:
            reference, frames = self.renderer.truth(self.cache / "truth", clip)
            self.truth[clip.seed] = reference, frames
        self.runs = Runs(self.pack, self.cache, {seed: reference for seed, (reference, _) in self.truth.items()})

    def add(self, name, values, unit=""):
        measure = f"quality.{name}"
        self.report.add(measure, values, unit, BARS.get(measure))

    def totals(self, variant, clips):
        """Fidelity sums of each clip and all of them together."""
        made = self.runs.frames(variant, clips)
        rows = [measures.fidelity(m, self.truth[c.seed][1]) for m, c in zip(made, clips)]
        return rows, {name: sum(row[name] for row in rows) for name in rows[0]}

    def fidelity(self):
        rows, total = self.totals(TRACK, self.clips)
        for name, part in SUMMED:
            self.add(f"track.{name}", measures.decibels(measures.mean_of(total, part)), "dB")
        self.add("track.ssim", measures.mean_of(total, "ssim"))
        self.add("track.flicker", [measures.mean_of(s, "change") / measures.mean_of(s, "true_change") for s in rows])

    def comparisons(self):
        """Other step counts and the base alone, on fewer people."""
        few, level = self.clips[:COMPARED_PEOPLE], {}
        for variant in (TRACK, ONE_STEP, FOUR_STEPS, BASE):
            _, total = self.totals(variant, few)
            level[variant] = {name: measures.decibels(measures.mean_of(total, part)) for name, part in SUMMED}
        for name, _ in SUMMED:
            self.add(f"gain.{name}", level[TRACK][name] - level[BASE][name], "dB")
        self.add("steps-2.psnr-over-one", level[TRACK]["psnr"] - level[ONE_STEP]["psnr"], "dB")
        self.add("steps-4.psnr-over-one", level[FOUR_STEPS]["psnr"] - level[ONE_STEP]["psnr"], "dB")

    def drift(self):
        """The first five seconds, there and back again for 65 s; the last five against the first, of the same motion."""
        long = []
        for clip in self.clips[:LONG_PEOPLE]:
            there = slice(0, min(SEGMENT, len(clip.motion)))

            def again(values, size=1, there=there):
                part = values[: there.stop * size].reshape(there.stop, size, -1)
                turned = [part if k % 2 == 0 else part[::-1] for k in range(self.segments)]
                return np.concatenate(turned).reshape(-1, *values.shape[1:])

            long.append(dataclasses.replace(clip, number=100 + clip.number, motion=again(clip.motion), audio=again(clip.audio, 640)))
        frames, losses = len(long[0].motion), []
        span = frames // self.segments
        shown = [*range(span), *range(frames - span, frames)]
        for clip, made in zip(long, self.runs.frames(TRACK, long, shown)):
            truth = self.truth[clip.seed][1]
            first, last = (measures.fidelity(part, truth) for part in (made[:span], made[span:]))
            losses.append(measures.decibels(measures.mean_of(last, "all")) - measures.decibels(measures.mean_of(first, "all")))
        self.add("drift.psnr", losses, "dB")

    def mouths(self):
        self.runs.frames(AUDIO, self.clips)
        found = {TRACK: [], (AUDIO, False): [], (AUDIO, True): []}
        lags, closed = [], {TRACK: [], AUDIO: []}
        for clip in self.clips:
            wanted = self.renderer.aperture(self.cache / "truth", clip)
            for variant in (TRACK, AUDIO):
                seen = judge.apertures(self.runs.seen(variant, clip))
                correlation, lag = measures.best_lag(seen, wanted)
                found[TRACK if variant == TRACK else (AUDIO, clip.unseen_voice)].append(correlation)
                closed[variant].append(measures.closed_on_bilabials(seen, clip.closures))
                if variant == TRACK:
                    lags.append(abs(lag))
        self.add("track.aperture-correlation", found[TRACK])
        self.add("track.aperture-lag", max(lags), "frames")
        self.add("track.closed-on-p-b-m", np.concatenate(closed[TRACK]).mean())
        self.add("audio.known.aperture-correlation", found[AUDIO, False])
        self.add("audio.unseen.aperture-correlation", found[AUDIO, True])
        self.add("audio.closed-on-p-b-m", np.concatenate(closed[AUDIO]).mean())

    def eyes(self):
        seen, invented = [], 0
        for clip in self.clips:
            hits, extra = measures.blinks(judge.contrasts(self.runs.seen(TRACK, clip)), clip.motion[:, 16])
            seen.append(hits)
            invented += extra
        self.add("track.blinks-visible", np.concatenate(seen).mean())
        self.add("track.blinks-scripted", sum(map(len, seen)))
        self.add("track.blinks-invented", invented)

    def identities(self):
        path = self.cache / "truth" / f"references-{'-'.join(c.name() for c in self.clips)[:180]}.json"
        if not path.exists():
            path.write_text(json.dumps(judge.look_at([self.truth[c.seed][0] for c in self.clips], every=1)))
        references = judge.descriptors(json.loads(path.read_text()))
        generated = [judge.descriptors(self.runs.seen(AUDIO, clip)) for clip in self.clips]
        distances, own = measures.identity(references, generated)
        self.add("identity.distance", distances.tolist())
        self.add("identity.nearest-own", own)

    def ceiling(self):
        """What the judge reads off the renderer's own frames: how exact it is, and so the most that a pack could reach."""
        found = []
        for clip in self.clips[:COMPARED_PEOPLE]:
            path = self.cache / "truth" / clip.name() / "seen.json"
            if not path.exists():
                path.write_text(json.dumps(judge.look_at(self.truth[clip.seed][1])))
            wanted = self.renderer.aperture(self.cache / "truth", clip)[measures.moments(len(clip.motion))]
            found.append(measures.best_lag(judge.apertures(json.loads(path.read_text())), wanted)[0])
        self.add("renderer.aperture-correlation", found)

    def speed(self, path):
        rows = {row["measure"]: row for row in json.loads(require_file(path, 'make it with "avatarflow pack bench"').read_text())["results"]}
        for name, measure in (("two-steps", "pack.fps_2_steps"), ("one-step", "pack.fps_1_step")):
            if measure not in rows:
                raise MissingRequirement(f'file "{path}" has no measure {measure}; make it with "avatarflow pack bench"')
            self.add(f"speed.{name}", rows[measure]["value"], "fps")


def main():
    parser = argparse.ArgumentParser(prog="python -m avatarpack.quality", description=__doc__.splitlines()[0])
    parser.add_argument("--mesh", required=True, help="reduced ICT-FaceKit archive or its folder")
    parser.add_argument("--corpus", required=True, help="speech that avatarpack.speech.synthesis made")
    parser.add_argument("--pack", required=True, help="folder of the pack that is measured")
    parser.add_argument("--out", required=True, type=Path, help="folder for frames, caches and quality.json")
    parser.add_argument("--people", type=int, default=clips.PEOPLE)
    parser.add_argument("--short", action="store_true", help="two people and 40 frames, to see that every step works")
    parser.add_argument("--without-judge", action="store_true", help="leave out mouths, eyes and identities, which the judge measures")
    parser.add_argument("--speed", type=Path, help="JSON of avatarflow pack bench")
    parser.add_argument("--card", type=Path, help="CARD.md whose quality table is rewritten; the pack must be sealed again after that")
    parser.add_argument("--check", action="store_true", help="end with code 1 when a hard bar is missed")
    parser.add_argument("--parts", default=",".join(PARTS), help="which parts of the table are measured")
    options = parser.parse_args()
    unknown = set(options.parts.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--parts has {', '.join(sorted(unknown))}; use {', '.join(PARTS)}")
    import torch

    torch.set_num_threads(1)
    started = time.time()
    if not options.without_judge:
        judge.modules()
    table = Table(options)
    for part in options.parts.split(","):
        if part not in JUDGED or not options.without_judge:
            getattr(table, part)()
            table.report.write(options.out / "quality.json")
            print(f"{part}: {time.time() - started:.0f} s so far", flush=True)
    if options.speed:
        table.speed(options.speed)
    table.add("weights", table.pack.weights_mebibytes(), "MB")
    table.report.write(options.out / "quality.json")
    text = table.report.table()
    print(text)
    if options.card:
        spoken = sum(c.unseen_voice for c in table.clips)
        head = (
            f"{len(table.clips)} people of seeds that no training used, {len(table.clips[0].motion) / 25:g} s of unseen sentences each, "
            f"{spoken} of them in voices that no training heard; frames by ONNX Runtime from the committed graphs. Pixels of the mouth, "
            "contrast of the eyes and identity as the outside judge sees them.\n\n"
        )
        write_section(options.card, "quality table", head + text)
        print(f"wrote the table into {options.card}; seal the pack again")
    missed = [m for m in table.report.missed() if m not in SOFT]
    if options.check and missed:
        raise SystemExit(f"hard bars are missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
