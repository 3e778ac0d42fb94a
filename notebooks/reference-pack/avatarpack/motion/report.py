"""Measured figures in the one JSON shape that all benches of the project write, and as a table for the card."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from avatarpack.requirements import MissingRequirement


class Report:
    """Collects measures by dotted id. A measure of several runs keeps its mean, least and greatest value."""

    def __init__(self, name):
        self.name, self.results, self.bars = name, [], {}

    def add(self, measure, values, unit="", bar=None):
        """`values` is a number or a list, one a run; `bar` is (lowest, highest), either of them None."""
        values = [float(v) for v in (values if isinstance(values, (list, tuple)) else [values])]
        row = {"measure": measure, "value": sum(values) / len(values), "unit": unit}
        self.results.append({**row, "min": min(values), "max": max(values), "runs": len(values)})
        if bar is not None:
            self.bars[measure] = bar

    def missed(self):
        """Measures whose mean does not lie within their bar, as one that is no number never does."""
        out = []
        for row in self.results:
            low, high = self.bars.get(row["measure"], (None, None))
            if not ((low is None or row["value"] >= low) and (high is None or row["value"] <= high)):
                out.append(row["measure"])
        return out

    def json(self):
        versions = {"python": platform.python_version()}
        for package in ("torch", "numpy", "scipy"):
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                versions[package] = "absent"
        machine = {"system": platform.system(), "machine": platform.machine(), "processor": _processor()}
        return {"name": self.name, "machine": machine, "versions": versions, "results": self.results}

    def write(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(self.json(), indent=1) + "\n")

    def table(self, barred_only=False):
        """Markdown rows: measure, value, bar, whether it holds; all measures or those with a bar."""
        missed, lines = self.missed(), ["| measure | value | bar | |", "| --- | --- | --- | --- |"]
        for row in self.results:
            if barred_only and row["measure"] not in self.bars:
                continue
            low, high = self.bars.get(row["measure"], (None, None))
            parts = ([f"≥ {low:.3g}"] if low is not None else []) + ([f"≤ {high:.3g}"] if high is not None else [])
            held = "" if not parts else ("missed" if row["measure"] in missed else "holds")
            value = f"{row['value']:.3g} {row['unit']}".strip()
            lines.append(f"| {row['measure']} | {value} | {', '.join(parts)} | {held} |")
        return "\n".join(lines)


def write_section(path, name, text):
    """Replaces what stands between the markers of section `name` in a markdown file."""
    begin, end = f"<!-- {name}: written by a command, do not edit -->", f"<!-- end of {name} -->"
    whole = Path(path).read_text()
    if begin not in whole or end not in whole:
        raise MissingRequirement(f'file "{path}" has no section "{name}"; add the lines "{begin}" and "{end}"')
    before, rest = whole.split(begin, 1)
    Path(path).write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()
