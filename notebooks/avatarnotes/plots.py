"""Plots of the notebooks, in one style. Each returns its figure."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

WAITS, COMPUTES, ACCENT, QUIET = "#c9c4ba", "#2f6f73", "#c2572b", "#6b6b6b"


def figure(title: str, x: str, y: str, width: float = 9, height: float = 4):
    """An empty figure with title and axes named."""
    chart, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return chart, axes


def waterfall(parts: list[tuple[str, str, float]], title: str):
    """Bars from the end of each to the start of the next: (name, "waits" or "computes", milliseconds)."""
    names = list(dict.fromkeys(name for name, _, _ in parts))
    chart, axes = figure(title, "milliseconds", "", height=0.6 + 0.42 * len(names))
    at = 0.0
    for name, what, millis in parts:
        axes.barh(names.index(name), millis, left=at, color=WAITS if what == "waits" else COMPUTES)
        at += millis
    totals = {name: sum(m for n, _, m in parts if n == name) for name in names}
    axes.set_yticks(range(len(names)), [f"{name}  {totals[name]:.1f}" for name in names])
    axes.invert_yaxis()
    axes.axvline(at, color=ACCENT, lw=1)
    axes.annotate(
        f"{at:.1f} ms in all", (at, -0.3), (-6, 0), textcoords="offset points", ha="right", color=ACCENT
    )
    handles = [plt.Rectangle((0, 0), 1, 1, color=color) for color in (WAITS, COMPUTES)]
    axes.legend(handles, ["waits", "computes"], frameon=False, loc="lower left")
    return chart


def stacked(rows: dict[str, list[tuple[str, float, float]]], limit: float, limit_name: str, title: str):
    """For each row a bar of (part, fewest, most) milliseconds: solid to the fewest, pale to the most."""
    chart, axes = figure(title, "milliseconds", "", height=1.2 + 0.9 * len(rows))
    parts = list(dict.fromkeys(name for row in rows.values() for name, _, _ in row))
    colors = dict(zip(parts, plt.cm.viridis(np.linspace(0.15, 0.85, len(parts)))))
    for y, (row, values) in enumerate(rows.items()):
        at = 0.0
        for name, low, high in values:
            axes.barh(y, low, left=at, color=colors[name], height=0.5)
            axes.barh(y, high - low, left=at + low, color=colors[name], height=0.5, alpha=0.35)
            at += high
        axes.annotate(f"{at:.0f}", (at, y), (4, -4), textcoords="offset points", color=QUIET)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.axvline(limit, color=ACCENT, lw=1)
    axes.annotate(limit_name, (limit, 0.5), (4, -4), textcoords="offset points", color=ACCENT)
    handles = [plt.Rectangle((0, 0), 1, 1, color=colors[name]) for name in parts]
    axes.legend(handles, parts, frameon=False, ncols=len(parts), loc="upper center", bbox_to_anchor=(0.5, -0.25))
    return chart


def bars(axes, values: dict[str, float], colors: list[str], form: str = "%.0f") -> None:
    """Horizontal bars with their numbers, the first on top."""
    axes.bar_label(axes.barh(list(values), list(values.values()), color=colors), fmt=form, padding=4)
    axes.margins(x=0.1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=form == "%.0f"))
    axes.set_ylim(len(values) - 0.5, -0.5)


def pair(title: str, x: str, ys: tuple[str, str]):
    """Two plots over one another with a common horizontal axis."""
    chart, panels = plt.subplots(2, 1, figsize=(9, 4.6), sharex=True, layout="constrained")
    panels[0].set_title(title, loc="left", fontsize=12, fontweight="bold")
    panels[1].set_xlabel(x)
    for axes, y in zip(panels, ys):
        axes.set_ylabel(y)
        axes.spines[["top", "right"]].set_visible(False)
    return chart, panels


def side_by_side(title: str, xs: tuple[str, str], rows: dict):
    """Two plots of horizontal bars beside one another, for the same rows."""
    chart, panels = plt.subplots(1, 2, figsize=(9.5, 0.9 + 0.32 * len(rows)), sharey=True, layout="constrained")
    chart.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    for axes, x in zip(panels, xs):
        axes.set_xlabel(x)
        axes.spines[["top", "right"]].set_visible(False)
    return chart, panels


def shade(axes, moments: list[tuple[float, bool]], label: str) -> None:
    """Marks the stretches of (position, whether marked) in the background, under one label."""
    start, named = None, False
    for at, marked in [*moments, (moments[-1][0], False)]:
        if marked and start is None:
            start = at
        elif not marked and start is not None:
            axes.axvspan(start, at, color=WAITS, alpha=0.5, lw=0, label=None if named else label)
            start, named = None, True


def key(axes, colors: dict[str, str]) -> None:
    """Names colours below the axes."""
    handles = [plt.Rectangle((0, 0), 1, 1, color=color) for color in colors.values()]
    axes.legend(handles, list(colors), frameon=False, ncols=len(colors), loc="upper left", bbox_to_anchor=(0, -0.35))
