"""Measures the visual half free-running on people it has never seen, driven by the renderer's own motion tracks.

    python -m avatarpack.visual.evaluate --runs DIR --base base.npz --data TEST_DIR --json OUT.json --card PACK/CARD.md

TEST_DIR comes from avatarpack.visual.dataset with --plain and seeds from 200000. Measures: visual.<variant>.<what>, variant
being exact (decoder on exact fields), base (motion base alone), steps1, steps2, steps4, single1, single2 (the low-latency pack,
frame by frame, and its steps), or still (the reference picture);
what being psnr, psnr_mouth, psnr_eyes (dB, whole picture and two fixed boxes of it), psnr_mouth_only, psnr_eyes_only (inside
the renderer's own regions, which follow the head), ssim, flicker (frame difference over the renderer's).
visual.drift.psnr: the motion of a clip played over and over, PSNR of the last time minus the first. visual.gain.<what>: two steps over the base
alone. visual.more.<steps>: that many steps over one.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from ..low_latency import SingleStream
from ..motion.report import Report, write_section
from ..render import png
from . import store, stream, training
from .base import pack


BARS = {
    "visual.steps2.psnr": (28, None),
    "visual.steps2.psnr_mouth": (27, None),
    "visual.steps2.psnr_eyes": (27, None),
    "visual.steps2.ssim": (0.92, None),
    "visual.steps2.flicker": (0.8, 1.25),
    "visual.gain.psnr": (0, None),
    "visual.gain.psnr_mouth": (0.5, None),
    "visual.gain.psnr_eyes": (0.5, None),
    "visual.more.steps2": (-0.3, None),
    "visual.more.steps4": (-0.3, None),
    "visual.drift.psnr": (-0.3, None),
}
# Rows and columns of the boxes that hold mouth and eyes of an upright head.
BOXES = {"mouth": (slice(148, 208), slice(80, 176)), "eyes": (slice(68, 112), slice(68, 188))}


def structural_similarity(a, b):
    """SSIM [n] of pictures [n, 3, h, w], Gaussian window of 11 (Wang et al. 2004)."""
    line = torch.exp(-((torch.arange(11) - 5.0) ** 2) / (2 * 1.5**2))
    window = torch.outer(line, line)
    window = (window / window.sum()).expand(3, 1, 11, 11)

    def mean(x):
        return functional.conv2d(x, window, groups=3)

    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    s = (2 * ma * mb + 1e-4) * (2 * cov + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4))
    return s.mean((1, 2, 3))


class Tally:
    """Sums errors of one variant."""

    def __init__(self):
        self.sums, self.previous = {}, None

    def add(self, made, truth, regions, ssim):
        """Pictures [n, 3, 256, 256] of one moment."""
        made = (made.clamp(0, 1) * 255).round() / 255
        square = ((made - truth) ** 2).mean(1, keepdim=True)
        areas = functional.interpolate(regions, scale_factor=4.0, mode="nearest")
        self._sum("all", square.sum(), square.numel())
        for name, (rows, columns) in BOXES.items():
            self._sum(name, square[..., rows, columns].sum(), square[..., rows, columns].numel())
        for k, name in enumerate(("eyes_only", "mouth_only")):
            self._sum(name, (square * areas[:, k : k + 1]).sum(), areas[:, k].sum())
        if ssim:
            self._sum("ssim", structural_similarity(made, truth).sum(), len(made))
        if self.previous is not None:
            self._sum("change", (made - self.previous[0]).abs().sum(), 1)
            self._sum("true_change", (truth - self.previous[1]).abs().sum(), 1)
        self.previous = made, truth

    def _sum(self, name, value, weight):
        total, n = self.sums.get(name, (0.0, 0.0))
        self.sums[name] = total + float(value), n + float(weight)

    def result(self):
        """Measure -> value."""

        def mean(name):
            return self.sums[name][0] / max(self.sums[name][1], 1e-9)

        out = {"psnr": training.decibels(mean("all"))}
        for name in ("mouth", "eyes", "mouth_only", "eyes_only"):
            out[f"psnr_{name}"] = training.decibels(mean(name))
        if "ssim" in self.sums:
            out["ssim"] = mean("ssim")
        if "change" in self.sums:
            out["flicker"] = self.sums["change"][0] / max(self.sums["true_change"][0], 1e-9)
        return out


class People:
    """Test people of all shards with their first frames."""

    def __init__(self, folder, people, frames):
        found = [(s, i) for s in store.shards(folder) for i in range(len(s.motion))][:people]
        self.frames = min(frames, min(s.motion.shape[1] for s, _ in found)) // 2 * 2
        self.references = store.picture_tensor(np.stack([s.references[i] for s, i in found]))
        self.motion = torch.from_numpy(np.stack([s.motion[i, : self.frames] for s, i in found]))
        self.found = found

    def truth(self, t):
        """Pictures and regions of all people at frame t."""
        return (
            store.picture_tensor(np.stack([s.pictures[i, t] for s, i in self.found])),
            torch.from_numpy(np.stack([s.regions[i, t] for s, i in self.found])).float() / 255,
        )

    def packed(self, t):
        """Exact packed fields of all people at frame t."""
        return pack(torch.from_numpy(np.stack([s.fields[i, t] for s, i in self.found])).float())


def run_variant(name, people, renderer, diffusion, keep=()):
    """Free run of one variant; returns its measures and the pictures at the frames in `keep`."""
    tally, kept = Tally(), {}
    steps = int(name[5:]) if name.startswith("steps") else 1
    if name.startswith("single"):
        session = SingleStream(renderer, diffusion, people.references, int(name[6:]))
    else:
        session = stream.Stream(renderer, diffusion, people.references, steps=steps, base_only=name == "base")
    for t in range(0, people.frames, 2):
        motion = people.motion[:, t : t + 2]
        if name not in ("exact", "still"):
            made = session.frames(motion)
        for k in range(2):
            if name == "still":
                frame = people.references
            elif name == "exact":
                residual = diffusion.base.residual(people.packed(t + k), motion[:, k])
                frame = session.decode(residual, motion[:, k])
            else:
                frame = made[:, k]
            truth, regions = people.truth(t + k)
            tally.add(frame, truth, regions, ssim=(t + k) % 5 == 0)
            if t + k in keep:
                kept[t + k] = frame
    return tally.result(), kept


def drift(people, renderer, diffusion, seconds, steps):
    """PSNR of the first and of the last time when the same motion is played again and again for `seconds`."""
    session = stream.Stream(renderer, diffusion, people.references, steps=steps)
    rounds = max(2, round(seconds * 25 / people.frames))
    out = []
    for k in range(rounds):
        measured, tally = k in (0, rounds - 1), Tally()
        for t in range(0, people.frames, 2):
            motion = people.motion[:, t : t + 2]
            if not measured:
                session.latents(motion)
                continue
            made = session.frames(motion)
            for j in range(2):
                tally.add(made[:, j], *people.truth(t + j), ssim=False)
        if measured:
            out.append(tally.result()["psnr"])
    return out


def to_bytes(picture):
    """float [3, h, w] to uint8 [h, w, 3]."""
    return (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("runs", "base", "data"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--variants", default="still,exact,base,steps1,steps2,steps4")
    parser.add_argument("--drift", type=float, default=60, help="seconds of the drift run (two people), 0 for none")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--card", type=Path, help="CARD.md whose section of visual figures is rewritten")
    parser.add_argument("--sheet", type=Path, help="contact sheet: reference, then truth above each variant for every person")
    options = parser.parse_args()
    torch.set_num_threads(1)
    renderer, diffusion = stream.load(options.runs, options.base)
    people = People(options.data, options.people, options.frames)
    keep = sorted(np.linspace(0, people.frames - 1, 7).astype(int)[1:])
    report, pictures, found = Report("reference-pack-visual"), {}, {}
    for name in options.variants.split(","):
        found[name], pictures[name] = run_variant(name, people, renderer, diffusion, keep if options.sheet else ())
        print(name, {k: round(v, 4) for k, v in found[name].items()}, flush=True)
        for what, value in found[name].items():
            unit = "dB" if what.startswith("psnr") else ""
            report.add(f"visual.{name}.{what}", value, unit, BARS.get(f"visual.{name}.{what}"))
    if "base" in found and "steps2" in found:
        for what in ("psnr", "psnr_mouth", "psnr_eyes"):
            report.add(f"visual.gain.{what}", found["steps2"][what] - found["base"][what], "dB", BARS[f"visual.gain.{what}"])
    for name in ("steps2", "steps4"):
        if name in found and "steps1" in found:
            report.add(f"visual.more.{name}", found[name]["psnr"] - found["steps1"]["psnr"], "dB", BARS[f"visual.more.{name}"])
    if options.drift > 0:
        few = People(options.data, min(options.people, 2), options.frames)
        first, last = drift(few, renderer, diffusion, options.drift, 2)
        report.add("visual.drift.psnr", last - first, "dB", BARS["visual.drift.psnr"])
    print(report.table(barred_only=True))
    if options.json:
        report.write(options.json)
    if options.card:
        head = f"{len(people.found)} people never seen in training, {people.frames} frames each, motion scripted as in speech.\n\n"
        write_section(options.card, "visual figures", head + report.table(barred_only=True))
    if options.sheet:
        rows = []
        for i in range(len(people.found)):
            reference = to_bytes(people.references[i])
            rows.append([reference] + [to_bytes(people.truth(t)[0][i]) for t in keep])
            rows += [[reference] + [to_bytes(pictures[name][t][i]) for t in keep] for name in pictures if name != "still"]
        png.write(options.sheet, png.sheet(rows))


if __name__ == "__main__":
    main()
