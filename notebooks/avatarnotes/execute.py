"""Executes notebooks and keeps them with their output: ``python -m avatarnotes.execute DIR NAME.ipynb ...``.

An error in a cell is an error of the command. Every plot is also kept as a PNG beside the notebook, and has to show something:
a plot of one colour is an error.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import matplotlib.image
import nbformat
from nbclient import NotebookClient

CELL_SECONDS = 600


def execute(file: Path, folder: Path) -> list[Path]:
    """Executes one notebook; the plots that it drew."""
    notebook = nbformat.read(file, as_version=4)
    NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": "."}}).execute()
    nbformat.write(notebook, folder / file.name)
    plots = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                plots.append(folder / f"{file.stem}-{len(plots) + 1}.png")
                plots[-1].write_bytes(base64.b64decode(output["data"]["image/png"]))
    return plots


def shows_something(plot: Path) -> bool:
    """True unless the picture has hardly any colour but its background."""
    pixels = matplotlib.image.imread(io.BytesIO(plot.read_bytes()))[..., :3]
    return bool((abs(pixels - pixels[0, 0]).max(axis=-1) > 0.1).mean() > 0.01)


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    for name in names:
        plots = execute(Path(name), folder)
        empty = [plot.name for plot in plots if not shows_something(plot)]
        if not plots or empty:
            raise SystemExit(f"{name}: {'no plot was drawn' if not plots else 'empty plots: ' + ', '.join(empty)}")
        print(f"{name}: {len(plots)} plots in {folder}")


if __name__ == "__main__":
    main()
