"""How the native protocol's defaults were chosen, and what the gain would be under others.

Prints Markdown; run from the repository's root (about six minutes on two cores):

    python -m benchmarks.native_defaults > benchmarks/results/native_defaults.md

Weight decay and steps are chosen by the accuracy of teachers and No-KD students, never by the
gain, on seeds that no figure uses.
"""

import platform
from dataclasses import replace

import pandas as pd
import torch
from tqdm import tqdm

from analysis import FIGURES, Distillation, Native, Optimiser, run, summarise

SEEDS = range(10_000, 10_064)
DEFAULT = Native()
ENDS = {"figure2": ("γ=0", "γ=1"), "figure3": ("α=0", "α=0.8")}


def measure(setting: str, protocol: Native) -> dict[str, object]:
    """Return mean accuracies over both paths, and the gain at the ends of each."""
    row: dict[str, object] = {"setting": setting}
    teachers, students = [], []
    for name, (first, last) in ENDS.items():
        summary = summarise(run(FIGURES[name].path, protocol, SEEDS))
        teachers.append(summary["teacher"].mean())
        students.append(summary["no_kd"].mean())
        for label, point in ((first, summary.iloc[0]), (last, summary.iloc[-1])):
            half = (point["gain_high"] - point["gain_low"]) / 2
            row[f"gain at {label}"] = f"{point['gain']:+.2f} ± {half:.2f}"
    row["teacher"] = f"{sum(teachers) / 2:.2f}"
    row["No-KD"] = f"{sum(students) / 2:.2f}"
    row["mean of both"] = f"{(sum(teachers) + sum(students)) / 4:.2f}"
    return row


def settings() -> dict[str, dict[str, Native]]:
    """Return the protocols to compare, table by table; all but one value are the default's."""

    def trained(weight_decay: float, steps: int) -> Native:
        return replace(DEFAULT, optimiser=Optimiser("adam", 0.01, steps, weight_decay))

    def distilled(weight: float, temperature: float) -> Native:
        loss = Distillation(1.0, weight, temperature, average="samples and classes")
        return replace(DEFAULT, distillation=loss)

    decays = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
    return {
        "Weight decay": {f"weight decay {decay:g}": trained(decay, 200) for decay in decays},
        "Steps": {f"{steps} steps": trained(0.1, steps) for steps in (50, 100, 200, 400)},
        "Teacher weight and temperature": {
            f"teacher weight {weight:g}, temperature {temperature:g}": distilled(
                weight, temperature
            )
            for weight, temperature in ((0.5, 1), (1, 1), (2, 1), (1, 2), (1, 4))
        },
        "Width": {f"width {width}": replace(DEFAULT, width=width) for width in (0, 16, 64, 256)},
    }


def main() -> None:
    """Print one table per setting."""
    tables = settings()
    print("# The native protocol's defaults, and others\n")
    print("Made by `python -m benchmarks.native_defaults` on")
    print(f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__};")
    print(f"seeds {SEEDS.start} to {SEEDS.stop - 1}. Accuracies in percent, means over the points")
    print("of Figures 2 and 3; gains in points with 95 % intervals for the mean over seeds.")
    for title, protocols in tables.items():
        rows = [measure(*item) for item in tqdm(protocols.items(), desc=title, disable=None)]
        frame = pd.DataFrame(rows)
        print(f"\n## {title}\n")
        print("|", " | ".join(map(str, frame.columns)), "|")
        print("|---" * len(frame.columns) + "|")
        for values in frame.itertuples(index=False):
            print("|", " | ".join(map(str, values)), "|")


if __name__ == "__main__":
    main()
