"""How often the 95 % intervals of `analysis.statistics` hold the truth.

Run from the repository's root; about twelve minutes on one core:

    python -m benchmarks.coverage

writes ``coverage.json`` and ``coverage.md`` to ``benchmarks/results``.  Each number is the share of
simulated data sets whose interval holds the true value, with its Clopper-Pearson limits.

    python -m benchmarks.coverage decompose

measures one kind of intervals again and keeps the other numbers, which are the same either way:
the stream of each is that of its name.  A data set of ``always_valid`` is a sequence of seeds; its
share is of those whose intervals hold the truth at every look.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from analysis.statistics import (
    always_valid_interval,
    crossing,
    decompose,
    intervals,
    mean_interval,
)
from analysis.statistics.decomposition import PARTS
from analysis.sweeps.provenance import environment
from synth import stream
from venn import staged

SEED = 20_240_601
SEEDS = (5, 10, 20, 100)
NOMINAL = (0.93, 0.97)
"""Where coverage should lie from ten seeds on."""
ALWAYS = (0.95, 1.0)
"""Where that of `always_valid_interval` should lie, at all looks together, for normal values."""
LOOKS = {"20, 30, …, 1,000": range(20, 1001, 10), "5, 6, …, 200": range(5, 201)}
"""The numbers of seeds at which a sequence is looked at."""
WIDTHS = (5, 10, 20, 100, 1000)
"""Numbers of seeds for which it is said how wide the interval is."""
LEVELS = np.linspace(0, 1, 11)
CHUNK = 200
"""Data sets that share their resamples; few, so that these average out."""

Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator, Shape], np.ndarray]


def _skewed(generator: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.divide(generator.gamma(2, 1, shape) - 2, np.sqrt(2))


def _log_normal(generator: np.random.Generator, shape: Shape) -> np.ndarray:
    return np.subtract(generator.lognormal(0, 1, shape), np.exp(0.5))


def _collapse(generator: np.random.Generator, shape: Shape) -> np.ndarray:
    return generator.normal(1, 1, shape) - 20 * (generator.random(shape) < 0.05)


VALUES: dict[str, Draw] = {
    "normal": lambda generator, shape: generator.normal(0, 2, shape),
    "thousandths, as accuracies are": lambda g, shape: np.round(g.normal(0, 1, shape), 1),
    "five or six values, mostly ties": lambda g, shape: np.round(g.normal(0, 0.7, shape)),
    "skewed to the right (skewness 1.4)": _skewed,
    "skewed to the left (skewness -1.4)": lambda generator, shape: -_skewed(generator, shape),
    "exponential (skewness 2)": lambda generator, shape: generator.exponential(1, shape) - 1,
    "heavy tails (t, 3 degrees)": lambda generator, shape: generator.standard_t(3, shape),
}
"""Gains less their mean; the intervals should have their nominal coverage for them."""

HARD: dict[str, Draw] = {
    "log-normal (skewness 6.2)": _log_normal,
    "one training in 20 is 20 points off": _collapse,
}
"""Gains less their mean, for which few seeds cannot tell what the rare ones do."""


class Study(NamedTuple):
    """One row of the tables: `simulate` says of each of so many repetitions what was covered."""

    interval: str
    kind: str
    seeds: int
    repetitions: int
    simulate: Callable[[np.random.Generator, int], np.ndarray]
    nominal: bool = True


def mean_of(draw: Draw, seeds: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `intervals` for one row a seed."""

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        values = draw(generator, (repetitions, seeds))
        table = long(values, ["repetition", "seed"])
        found = intervals(table, "repetition", seed=int(generator.integers(2**31)))
        return covers(found, 0)

    return simulate


def clustered(seeds: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `intervals` for one to five rows a seed, alike within a seed."""

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        common = generator.normal(0, 1, (repetitions, seeds, 1))
        table = long(
            common + generator.normal(0, 1, (repetitions, seeds, 5)), ["repetition", "seed"]
        )
        sizes = generator.integers(1, 6, (repetitions, seeds, 1))
        kept = table[np.broadcast_to(np.arange(5) < sizes, (repetitions, seeds, 5)).ravel()]
        return covers(intervals(kept, "repetition", seed=int(generator.integers(2**31))), 0)

    return simulate


def students(seeds: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `mean_interval`, which is for normal values."""

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        found = [mean_interval(generator.normal(3, 2, seeds)) for _ in range(repetitions)]
        return covers(pd.DataFrame(found, columns=["low", "high"]), 3)

    return simulate


def watched(draw: Draw, looks: range) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `always_valid_interval` for one sequence a repetition."""

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        values = draw(generator, (looks[-1], repetitions))
        covered = np.ones(repetitions, dtype=bool)
        for seeds in looks:
            low, high = always_valid_interval(values[:seeds])
            covered &= covers(pd.DataFrame({"low": low, "high": high}), 0)
        return covered

    return simulate


def crossing_of(
    draw: Draw, seeds: int, common: float, own: float, truth: float
) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `crossing`: a rise of 10 points, noise by seed and by level."""

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        noise = common * draw(generator, (repetitions, seeds, 1))
        noise = noise + own * draw(generator, (repetitions, seeds, len(LEVELS)))
        table = long(10 * (LEVELS - truth) + noise, ["repetition", "seed", "gamma"])
        table["gamma"] = LEVELS[table["gamma"]]
        found = crossing(table, by="repetition", seed=int(generator.integers(2**31)))
        return covers(found, truth)

    return simulate


def part_of(
    part: str, gains: tuple[float, float, float], seeds: int
) -> Callable[[np.random.Generator, int], np.ndarray]:
    """Return the simulation of `decompose` for one of its parts, with 1,000 test rows.

    The `gains`, in points, are those of kd, kd_shuffled and hard_label.
    """
    effects = dict(zip(("no_kd", "kd", "kd_shuffled", "hard_label"), (0.0, *gains), strict=True))
    gain, *controls = gains
    truth = dict(zip(PARTS, (*gains, gain - max(0, *controls)), strict=True))[part]

    def simulate(generator: np.random.Generator, repetitions: int) -> np.ndarray:
        base = generator.normal(0.8, 0.02, (repetitions, seeds))
        frames = []
        for arm, effect in effects.items():
            right = generator.binomial(
                1000, base + effect / 100 + generator.normal(0, 0.01, base.shape)
            )
            frame = long(right / 1000, ["point", "seed"], value="accuracy")
            frames.append(frame.assign(arm=arm))
        parts = decompose(pd.concat(frames), seed=int(generator.integers(2**31)))
        return covers(parts[parts["part"] == part], truth)

    return simulate


def long(values: np.ndarray, axes: list[str], *, value: str = "gain") -> pd.DataFrame:
    """Return an array as a tidy table; a last axis without a name is rows of the same key."""
    where = np.indices(values.shape)
    columns = {name: where[axis].ravel() for axis, name in enumerate(axes)}
    return pd.DataFrame(columns | {value: values.ravel()})


def covers(found: pd.DataFrame, truth: float) -> np.ndarray:
    """Return which intervals hold the truth, up to the rounding of sums."""
    return ((found["low"] <= truth + 1e-9) & (truth - 1e-9 <= found["high"])).to_numpy()


def studies() -> Iterator[Study]:
    """Return what is measured."""
    for name, draw in (VALUES | HARD).items():
        for seeds in SEEDS:
            yield Study("intervals", name, seeds, 10_000, mean_of(draw, seeds), name in VALUES)
    for seeds in SEEDS:
        yield Study("intervals", "one to five rows a seed", seeds, 10_000, clustered(seeds))
    curves: dict[str, tuple[str, float, float, float]] = {
        "noise by seed and by level": ("normal", 1, 1, 0.43),
        "noise by level": ("normal", 0, 1.5, 0.43),
        "noise by seed": ("normal", 1.5, 0.25, 0.43),
        "near the end of the path": ("normal", 1, 1, 0.08),
        "flat (noise three times the rise of a level)": ("normal", 1.5, 1.5, 0.43),
        "skewed noise (skewness 1.4)": ("skewed to the right (skewness 1.4)", 2, 1, 0.43),
        "heavy tails (t, 3 degrees)": ("heavy tails (t, 3 degrees)", 1, 1, 0.43),
    }
    for name, (draw_name, *setting) in curves.items():
        for seeds in SEEDS:
            simulate = crossing_of(VALUES[draw_name], seeds, *setting)
            yield Study("crossing", name, seeds, 4_000, simulate)
    parts: dict[str, tuple[str, tuple[float, float, float]]] = {
        "gain, 1,000 test rows": ("gain", (2, -0.5, 1)),
        "shrinkage, 1,000 test rows": ("shrinkage", (2, -0.5, 1)),
        "step size, 1,000 test rows": ("step size", (2, -0.5, 1)),
        "knowledge, one contrast far below the others": ("knowledge", (5, -0.5, 4)),
        "knowledge, one contrast 1 point below the others": ("knowledge", (2, -0.5, 1)),
        "knowledge, two equal contrasts": ("knowledge", (2, -4, 0)),
        "knowledge, three equal contrasts": ("knowledge", (2, 0, 0)),
    }
    for name, (part, gains) in parts.items():
        for seeds in SEEDS:
            yield Study("decompose", name, seeds, 4_000, part_of(part, gains, seeds))
    for seeds in SEEDS:
        yield Study("mean_interval", "normal", seeds, 10_000, students(seeds))
    for name, draw in (VALUES | HARD).items():
        for looks in LOOKS.values():
            simulate = watched(draw, looks)
            yield Study("always_valid", name, looks[-1], 10_000, simulate, name == "normal")


def measure(study: Study, bar: "tqdm[Any]") -> dict[str, Any]:
    """Return the coverage of one study; its stream depends on nothing but its name."""
    generator = stream(SEED, study.interval, study.kind, study.seeds)
    covered: list[bool] = []
    for _ in range(study.repetitions // CHUNK):
        covered += study.simulate(generator, CHUNK).tolist()
        bar.update(CHUNK)
    limits = stats.binomtest(sum(covered), len(covered)).proportion_ci(0.95, method="exact")
    return {
        "interval": study.interval,
        "values": study.kind,
        "seeds": study.seeds,
        "data_sets": len(covered),
        "coverage": sum(covered) / len(covered),
        "low": round(limits.low, 5),
        "high": round(limits.high, 5),
        "nominal": study.nominal and study.seeds >= 10,
    }


def table(rows: list[dict[str, Any]], columns: dict[str, int]) -> list[str]:
    """Return the coverage as lines of Markdown, one a kind of values, in percent.

    The `columns` are headings with their numbers of seeds.
    """
    lines = [f"| interval | values | {' | '.join(columns)} |"]
    lines.append("|---|---|" + "---:|" * len(columns))
    kinds = dict.fromkeys((row["interval"], row["values"]) for row in rows)
    for kind in kinds:
        found = {row["seeds"]: row for row in rows if (row["interval"], row["values"]) == kind}
        cells = (_percent(found[seeds]) for seeds in columns.values())
        lines.append(f"| `{kind[0]}` | {kind[1]} | {' | '.join(cells)} |")
    return lines


def _percent(row: dict[str, Any]) -> str:
    lowest, highest = ALWAYS if row["interval"] == "always_valid" else NOMINAL
    text = f"{100 * row['coverage']:.1f}"
    return text if lowest <= row["coverage"] <= highest else f"**{text}**"


def relative_width(seeds: int) -> float:
    """Return the width of `always_valid_interval`, Student's being 1; any values have the same."""
    values = np.arange(float(seeds))
    (low, high), student = always_valid_interval(values), mean_interval(values)
    return float(high - low) / (student[1] - student[0])


def widths() -> list[str]:
    """Return the relative widths as lines of Markdown."""
    cells = " | ".join(f"{relative_width(seeds):.2f}" for seeds in WIDTHS)
    return [
        f"| seeds | {' | '.join(f'{seeds:,}' for seeds in WIDTHS)} |",
        "|---|" + "---:|" * len(WIDTHS),
        f"| width of `always_valid`, Student's being 1 | {cells} |",
    ]


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the page."""
    widest = max(row["high"] - row["low"] for row in rows) / 2
    once = [row for row in rows if row["interval"] != "always_valid"]
    often = [row for row in rows if row["interval"] == "always_valid"]
    lines = [
        "# Coverage of the 95 % intervals",
        "",
        f"Made by `python -m benchmarks.coverage`, seed {SEED}.  Percent of simulated data sets whose",
        "interval holds the truth; the 95 % Clopper-Pearson limits, in `coverage.json`, are at most",
        f"{100 * widest:.1f} points away.  In bold: outside 93 to 97.",
        "",
        *table(once, {f"{seeds} seeds": seeds for seeds in SEEDS}),
        "",
        "Percent of simulated sequences of seeds whose intervals hold the truth at every look.  In bold:",
        "below 95.",
        "",
        *table(often, {f"looks at {name} seeds": looks[-1] for name, looks in LOOKS.items()}),
        "",
        *widths(),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure the studies that are asked for and write the tables."""
    planned = list(studies())
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = list(dict.fromkeys(study.interval for study in planned))
    parser.add_argument("only", nargs="?", choices=names, help="measure these, keep the others")
    only = parser.parse_args().only
    results = Path(__file__).parent / "results"
    kept: list[dict[str, Any]] = []
    if only is not None:
        former = json.loads((results / "coverage.json").read_text(encoding="utf-8"))
        if former["seed"] != SEED:
            parser.error(f"the other numbers are of seed {former['seed']}: measure all")
        kept = [row for row in former["rows"] if row["interval"] != only]
        planned = [study for study in planned if study.interval == only]
    total = sum(study.repetitions for study in planned)
    bar = tqdm(total=total, unit="data set", disable=None)
    with staged(results) as folder, bar:
        rows = kept + [measure(study, bar) for study in planned]
        rows.sort(key=lambda row: names.index(row["interval"]))  # stable
        result = {"seed": SEED, "rows": rows, "environment": environment("cpu")}
        text = json.dumps(result, indent=1, ensure_ascii=False)
        (folder / "coverage.json").write_text(text + "\n", encoding="utf-8")
        (folder / "coverage.md").write_text(markdown(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
