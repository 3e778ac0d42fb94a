"""What results.ipynb shows, and the command that runs it.

    python -m avatarpack.results --runs DATA/runs --quality DIR/quality.json

Runs the notebook in place, so that its outputs are those of real runs of the committed graphs. --runs (folders with the
trainers' jsonl logs) and --quality are left out of the notebook when they are not given.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np

from .quality.engine import Pack, Session, Settings, Stream
from .requirements import MissingRequirement, require_file
from .speech.wav import read_wav

ROOT = Path(__file__).parents[3]
PACK = ROOT / "operators/src/main/resources/packs/reference"
SAMPLE = ROOT / "jobs/src/main/resources/samples/hello.wav"
NOTEBOOK = Path(__file__).parents[1] / "results.ipynb"
RUNS, QUALITY = "AVATARPACK_RUNS", "AVATARPACK_QUALITY"


def _modules():
    try:
        import matplotlib
        import nbclient
        import nbformat
        import PIL
    except ImportError as error:
        raise MissingRequirement(f'Python module "{error.name}" is missing; install it with "pip install nbclient nbformat ipykernel matplotlib pillow"') from error
    return matplotlib, nbclient, nbformat, PIL


def pack():
    """The committed pack."""
    return Pack(PACK)


def people(names):
    """Bundled portraits uint8 [256, 256, 3] by name."""
    from PIL import Image

    return {name: np.asarray(Image.open(PACK / "identities" / f"{name}.png").convert("RGB")) for name in names}


def speech(seconds):
    """The bundled sample's first seconds, samples in [-1, 1)."""
    rate, samples = read_wav(require_file(SAMPLE, "run this from a whole checkout"))
    return samples[: int(seconds * rate)] / np.float32(32768)


def perform(graphs, portraits, seconds, settings=Settings(), shown=None, seed=1, pause=0):
    """Frames [sessions, shown, 256, 256, 3] and motion [sessions, frames, 32] of portraits that say the sample, then are silent
    for `pause` seconds.

    shown: numbers of the frames that are drawn; None draws all, an empty list none."""
    audio = np.concatenate([speech(seconds), np.zeros(int(16_000 * pause), np.float32)])
    sessions = [Session(image, audio, seed) for image in portraits]
    motion, kept = [], {}
    for first, values in Stream(graphs, sessions, settings).blocks(None if shown is None else set(shown)):
        motion.append(values["motion"])
        for k in range(values["motion"].shape[1]):
            if "frames" in values and (shown is None or first + k in shown):
                kept[first + k] = values["frames"][:, k]
    frames = np.stack([kept[t] for t in sorted(kept)], 1) if kept else np.zeros((len(portraits), 0, 256, 256, 3), np.uint8)
    return frames, np.concatenate(motion, 1)


def show(rows, labels, size=1.25, titles=None):
    """A figure of rows of pictures with a label before each."""
    import matplotlib.pyplot as plt

    across = max(len(row) for row in rows)
    figure, axes = plt.subplots(len(rows), across, figsize=(size * across + 1, size * len(rows)), squeeze=False)
    for i, row in enumerate(rows):
        for j in range(across):
            axis = axes[i, j]
            axis.set_xticks([])
            axis.set_yticks([])
            for side in axis.spines.values():
                side.set_visible(False)
            if j < len(row):
                axis.imshow(row[j])
            if i == 0 and titles and j < len(titles):
                axis.set_title(titles[j], fontsize=8)
        axes[i, 0].set_ylabel(labels[i], rotation=0, ha="right", va="center", fontsize=8)
    figure.subplots_adjust(wspace=0.03, hspace=0.03)
    plt.show()
    plt.close(figure)


def curves(folders, measures):
    """Plots the trainers' logs: for each log that has one of the measures, its course over the minutes of training."""
    import matplotlib.pyplot as plt

    drawn = []
    for path in sorted(p for folder in folders for p in Path(folder).glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for measure in measures:
            course = [(line["minutes"], line[measure]) for line in lines if measure in line]
            if len(course) > 2:
                drawn.append((f"{path.stem}: {measure}", np.array(course).T))
    if not drawn:
        print("no logs were given")
        return
    figure, axes = plt.subplots(1, len(drawn), figsize=(2.6 * len(drawn), 2.1), squeeze=False)
    for axis, (name, (minutes, values)) in zip(axes[0], drawn):
        axis.plot(minutes, values, lw=1)
        axis.set_title(name, fontsize=8)
        axis.set_xlabel("minutes", fontsize=7)
        axis.tick_params(labelsize=6)
    figure.tight_layout()
    plt.show()
    plt.close(figure)


def lines(courses, title, ylabel):
    """One plot of named courses: name -> (x, y)."""
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(5.5, 2.3))
    for name, (x, y) in courses.items():
        axis.plot(x, y, lw=1, marker="." if len(x) < 12 else None, label=name)
    axis.set_title(title, fontsize=9)
    axis.set_ylabel(ylabel, fontsize=8)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=7)
    figure.tight_layout()
    plt.show()
    plt.close(figure)


def gains(folders):
    """Plots and prints what the denoised residual gains over the motion base as training goes on (avatarpack.visual.curve)."""
    found = [p for folder in folders for p in Path(folder).glob("gain.jsonl")]
    if not found:
        print("no gain.jsonl was given")
        return
    measured = [json.loads(line) for line in found[0].read_text().splitlines()]
    course, finished = [m for m in measured if "minutes" in m], [m for m in measured if "finished" in m][-1:]
    minutes = [m["minutes"] for m in course]
    named = {"mouth": "gain_psnr_mouth", "eyes": "gain_psnr_eyes", "whole picture": "gain_psnr"}
    drawn = {name: (minutes, [m[key] for m in course]) for name, key in named.items()}
    for m in finished:
        drawn |= {f"{name}, shipped": (minutes, [m[key]] * len(minutes)) for name, key in named.items()}
    lines(drawn, "gain over the motion base, by minutes of training", "dB")
    for m in course + finished:
        print(f"{str(m['minutes']) + ' minutes' if 'minutes' in m else 'shipped':>13}: " + ", ".join(f"{name} {m[key]:+.2f} dB" for name, key in named.items()))


def decibels(a, b):
    """PSNR of 8-bit pictures."""
    return 10 * np.log10(255**2 / max(1e-9, float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))))


def given(variable):
    """Paths that the command passed on to the notebook."""
    return [Path(p) for p in os.environ.get(variable, "").split(os.pathsep) if p]


def quality_table():
    """Prints the rows of quality.json."""
    paths = given(QUALITY)
    if not paths:
        print("no quality.json was given")
    for path in paths:
        for row in json.loads(path.read_text())["results"]:
            spread = f"  ({row['min']:.3g} to {row['max']:.3g})" if row["runs"] > 1 else ""
            print(f"{row['measure']:45} {row['value']:8.3g} {row['unit']}{spread}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="folders of trainers' logs (*.jsonl)")
    parser.add_argument("--quality", type=Path, nargs="*", default=[], help="quality.json files")
    options = parser.parse_args()
    _, nbclient, nbformat, _ = _modules()
    os.environ[RUNS] = os.pathsep.join(str(p.resolve()) for p in options.runs)
    os.environ[QUALITY] = os.pathsep.join(str(p.resolve()) for p in options.quality)
    os.environ["PYTHONPATH"] = str(NOTEBOOK.parent)
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(book, timeout=3600, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)
    book.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    nbformat.write(book, NOTEBOOK)
    print(f"{NOTEBOOK.name}: {len(book.cells)} cells, {NOTEBOOK.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
