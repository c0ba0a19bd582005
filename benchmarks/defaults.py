"""How the synthetic protocol's weight decay was chosen, and what the gain is under other settings.

Run from the repository's root; about a minute on two cores:

    python -m benchmarks.defaults

writes ``defaults.json`` and ``defaults.md`` to ``benchmarks/results``.  The weight decay
is the one with the best mean accuracy of teachers and No-KD students, whatever the gain, on seeds that
no figure uses; the other tables show what the result depends on.
"""

from dataclasses import replace
from typing import Any

from tqdm import tqdm

from analysis import Distillation, Optimiser, Plan, Synthetic, run, summarise
from analysis.sweeps.provenance import environment
from analysis.training.optimiser import DECAY
from benchmarks.written import write
from venn import canonical, growing_alpha, growing_gamma

SEEDS = range(10_000, 10_064)
DEFAULT = Synthetic()
ENDS = {growing_gamma(): ("γ=0", "γ=1"), growing_alpha(): ("α=0", "α=0.8")}


def measure(setting: str, protocol: Synthetic) -> dict[str, str]:
    """Return the mean of the two figures' mean accuracies, and the gain at the ends of each."""
    row = {"setting": setting}
    teachers, students, constant = [], [], []
    for path, (first, last) in ENDS.items():
        plan = Plan(path, protocol, seeds=SEEDS)
        frame = run(plan, device="cpu").frame()
        constant.append(frame["constant"].astype(float).mean())
        summary = summarise(frame)
        teachers.append(100 * summary["teacher"].mean())
        students.append(100 * summary["no_kd"].mean())
        for label, point in ((first, summary.iloc[0]), (last, summary.iloc[-1])):
            half = (point["gain_high"] - point["gain_low"]) / 2
            row[f"gain at {label}"] = f"{point['gain']:+.2f} ± {half:.2f}"
    row["teacher"] = f"{sum(teachers) / 2:.2f}"
    row["No-KD"] = f"{sum(students) / 2:.2f}"
    row["mean of both"] = f"{(sum(teachers) + sum(students)) / 4:.2f}"
    row["one answer"] = f"{50 * sum(constant):.1f} %"
    return row


def settings() -> dict[str, dict[str, Synthetic]]:
    """Return the protocols to compare, table by table; all but one value are the default's."""

    def trained(weight_decay: float, steps: int) -> Synthetic:
        return replace(DEFAULT, optimiser=Optimiser("adam", 0.01, steps, weight_decay))

    def distilled(weight: float, temperature: float) -> Synthetic:
        loss = Distillation(1.0, weight, temperature, reduction="mean")
        return replace(DEFAULT, distillation=loss)

    decays = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
    return {
        "Weight decay": {f"weight decay {decay:g}": trained(decay, 200) for decay in decays},
        "Depth": {
            f"depth {depth}, weight decay {decay:g}": replace(
                trained(decay, 200), depth=depth, teacher_depth=depth
            )
            for depth in range(2, len(DECAY))
            for decay in (DECAY[depth - 1], DECAY[depth - 2])  # its own, and that of one less
        },
        "Steps": {f"{steps} steps": trained(0.1, steps) for steps in (50, 100, 200, 400)},
        "Teacher weight and temperature": {
            f"teacher weight {weight:g}, temperature {temperature:g}": distilled(
                weight, temperature
            )
            for weight, temperature in ((0.5, 1), (1, 1), (2, 1), (1, 2), (1, 4))
        },
        "Width": {
            f"width {width}": replace(DEFAULT, width=width, teacher_width=width)
            for width in (0, 16, 64, 256)
        },
    }


def page(tables: dict[str, list[dict[str, str]]], made_by: dict[str, Any]) -> list[str]:
    """Return the tables as lines of Markdown."""
    lines = [
        "# The synthetic protocol's defaults, and others",
        "",
        f"Made by `python -m benchmarks.defaults` with torch {made_by['versions']['torch']} on",
        f"{made_by['threads']} threads; seeds {SEEDS.start} to {SEEDS.stop - 1}.",
        "Accuracies in percent, means over the points of each figure and then over the two figures;",
        "gains in points with 95 % intervals for the mean over seeds.",
    ]
    for title, rows in tables.items():
        lines += ["", f"## {title}", "", f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
        lines += [f"| {' | '.join(row.values())} |" for row in rows]
    return lines


def main() -> None:
    """Measure every setting and write the tables."""
    compared = settings()
    tables: dict[str, list[dict[str, str]]] = {title: [] for title in compared}
    with tqdm(total=sum(map(len, compared.values())), unit="setting", disable=None) as bar:
        for title, protocols in compared.items():
            for setting, protocol in protocols.items():
                tables[title].append(measure(setting, protocol))
                bar.update()
    made_by = environment("cpu")
    result = {
        "seeds": [SEEDS.start, SEEDS.stop - 1],
        "settings": canonical(compared),
        "tables": tables,
        "environment": made_by,
    }
    write("defaults", result, page(tables, made_by))


if __name__ == "__main__":
    main()
