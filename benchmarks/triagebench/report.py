"""The report: tables in Markdown, everything in JSON, and the plots where they can be drawn."""

import json
from collections.abc import Iterator
from pathlib import Path

from triagebench.choices import SEED
from triagebench.parts import PARTS, kept
from triagebench.plots import draw
from triagebench.tables import report


def write(out: Path) -> Iterator[str]:
    """Write what all parts have found so far; what there is to say of it."""
    found = {name: kept(out / f"{name}.json") for name in ("sets", *PARTS)}
    for name in (name for name, rows in found.items() if not rows):
        yield f"{name}: nothing was found yet, or nothing could be measured"
    plots = list(draw(found, out))
    lines = [*report(found), *(f"\n![{plot.stem}]({plot.name})" for plot in plots if plot.suffix == ".png")]
    (out / "report.md").write_text("\n".join(lines) + "\n", "utf-8")
    (out / "report.json").write_text(json.dumps({"seed": SEED, **found}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    yield f"wrote {out / 'report.md'}, {out / 'report.json'} and {len(plots)} plots"
    if not plots:
        yield "plots are left out: matplotlib is not installed (the version in requirements/bench.in)"
