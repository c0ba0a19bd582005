"""Plant bugs in ``venn`` and ``synth`` by hand, and see which test finds each.

Run from the repository's root, about ten minutes on two cores (``make mutants`` runs it too):

    python -m benchmarks.planted

writes ``planted.json`` and ``planted.md`` to ``benchmarks/results``.  Each bug is one replaced text in
a copy of the repository; the tests of its module, then of both packages run until one fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from venn import staged

ROOT = Path(__file__).parents[1]
PACKAGES = (
    *("_modality_venn", "venn", "synth", "analysis", "figures", "mfh", "tests"),
    "pyproject.toml",
)

OPTIONS = ("--hypothesis-profile=mutants", "--jaxtyping-packages=", "-p", "no:cacheprovider")


class Bug(NamedTuple):
    """One text replaced by another in one file."""

    what: str
    file: str
    right: str
    wrong: str


BUGS = (
    Bug(
        "a region begins one feature early",
        "venn/diagram.py",
        "tuple(i for i, other in enumerate(self.feature_regions) if other == name)",
        "tuple(max(i - 1, 0) for i, other in enumerate(self.feature_regions) if other == name)",
    ),
    Bug(
        "hidden features leak into the views",
        "venn/diagram.py",
        "for i, region in enumerate(self.feature_regions) if modality in members(region)",
        "for i, region in enumerate(self.feature_regions)\n"
        "            if modality in members(region) or region == 'hidden'",
    ),
    Bug(
        "gamma by all decisive features, hidden ones included",
        "venn/diagram.py",
        'return self.regions[self.share_regions["gamma"]] / self.visible',
        'return self.regions[self.share_regions["gamma"]] / self.decisive',
    ),
    Bug(
        "alpha and beta swapped in the overlap of a pair",
        "venn/diagram.py",
        "for part in (first - second, second - first, first & second)",
        "for part in (second - first, first - second, first & second)",
    ),
    Bug(
        "overlap by weight instead of energy",
        "venn/diagram.py",
        "energy = [math.ldexp(size, -exponent) ** 2 for size in sizes]",
        "energy = [math.ldexp(size, -exponent) for size in sizes]",
    ),
    Bug(
        "regions in binary order, not one modality apart",
        "venn/regions.py",
        "(i ^ (i >> 1) for i in range(1, 2 ** len(modalities)))",
        "range(1, 2 ** len(modalities))",
    ),
    Bug(
        "left-over features go to the smallest remainders",
        "venn/ratios.py",
        "key=lambda name: counts[name] - wanted[name]",
        "key=lambda name: wanted[name] - counts[name]",
    ),
    Bug(
        "excess risk with n - d degrees of freedom",
        "venn/regression.py",
        "(self.rows - self.channels - 1)",
        "(self.rows - self.channels)",
    ),
    Bug(
        "information in nats",
        "venn/information.py",
        "special.rel_entr(posterior, prior).sum(-1) / math.log(2)",
        "special.rel_entr(posterior, prior).sum(-1)",
    ),
    Bug(
        "a flip may keep the class",
        "venn/slices.py",
        "others = probabilities.shape[-1] - 1",
        "others = probabilities.shape[-1]",
    ),
    Bug(
        "temperature ignored by the cuts: classes lose their probabilities",
        "synth/rules/hyperplane.py",
        "cuts = normal_cuts(self.prior, self.temperature)",
        "cuts = normal_cuts(self.prior)",
    ),
    Bug(
        "the truth forgets the flips",
        "synth/rules/hyperplane.py",
        "return sliced(share, self.prior, self.temperature, self.flip)",
        "return sliced(share, self.prior, self.temperature)",
    ),
    Bug(
        "noise of all modalities from one stream",
        "synth/rows.py",
        'self._normals(each.dim, "noise", each.position)',
        'self._normals(each.dim, "noise", 0)',
    ),
    Bug(
        "every piece draws its noise from the start again: test rows reuse training noise",
        "synth/rows.py",
        "        if what not in self._open:\n",
        "        if what not in self._open or what[0] == 'noise':\n",
    ),
    Bug(
        "unpaired rows are paired after all",
        "synth/sampler.py",
        'Streams(number, "unpaired", each.position)',
        'Streams(number, "unpaired")',
    ),
    Bug(
        "labels from the rounded latents of float32",
        "synth/rows.py",
        "self.rule.label(self.diagram, self.latents, uniform)",
        "self.rule.label(self.diagram, self.latents.astype(np.float16).astype(float), uniform)",
    ),
    Bug(
        "observation noise with its variance for its standard deviation",
        "synth/knowledge.py",
        "precision[feature] += each.noise**-2",
        "precision[feature] += each.noise**-1",
    ),
    Bug(
        "a rotation that is inverted by itself",
        "synth/views.py",
        "return mix(channels, self.matrix(channels.shape[-1]).T)",
        "return mix(channels, self.matrix(channels.shape[-1]))",
    ),
    Bug(
        "roles of a permuted view stay where they were",
        "synth/roles.py",
        "return int(sources[0]) if len(sources) == 1 else None",
        "return int(np.argmax(row >= 0)) if len(sources) == 1 else None",
    ),
    Bug(
        "conditional information without its condition",
        "synth/population.py",
        "return both.information - before",
        "return both.information",
    ),
    Bug(
        "general information by the better view",
        "synth/population.py",
        "        general = min(\n",
        "        general = max(\n",
    ),
    Bug(
        "Monte Carlo without the bound of its bias",
        "synth/montecarlo.py",
        "math.hypot(spread, float(upper.mean() - lower.mean()) / 2)",
        "spread / 4",
    ),
    Bug(
        "parity of the first feature of each region alone",
        "synth/rules/parity.py",
        "weights[list(diagram.features(region))] = 1",
        "weights[list(diagram.features(region))[0]] = 1",
    ),
    Bug(
        "a slice of a sample forgets to slice the labels",
        "synth/sample.py",
        "y=self.y[..., rows],",
        "y=self.y,",
    ),
)


NO_BUG = Bug("nothing", "venn/regions.py", "members", "members")


def found_by(bug: Bug, copy: Path) -> str | None:
    """Return the first test that fails under a bug, or None."""
    file = copy / bug.file
    package, *inner, module = bug.file.removesuffix(".py").split("/")
    own = "/".join(["tests", package, *inner, "" if inner else f"test_{module}.py"])
    if not (copy / own).exists():
        own = f"tests/{package}/test_truth.py"
    text = file.read_text(encoding="utf-8")
    if text.count(bug.right) < 1:
        raise ValueError(f"{bug.file} has no {bug.right!r}")
    file.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                own,
                "tests/venn",
                "tests/synth",
                *OPTIONS,
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(text, encoding="utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) tests/(\S+?)\.py(?:::(\w+))?", done.stdout, re.MULTILINE)
    if done.returncode == 0:
        return None
    return f"{failed[1]}: {failed[2]}" if failed else f"pytest's exit status {done.returncode}"


def main() -> None:
    """Plant every bug, and write which test found it."""
    with (
        staged(ROOT / "benchmarks" / "results") as folder,
        tempfile.TemporaryDirectory() as copy,
    ):
        for name in PACKAGES:
            source, target = ROOT / name, Path(copy) / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        if (failing := found_by(NO_BUG, Path(copy))) is not None:
            sys.exit(f"without a bug {failing} fails")
        found = {bug.what: found_by(bug, Path(copy)) for bug in tqdm(BUGS, unit="bug")}
        rows = [f"| {bug.what} | `{bug.file}` | {found[bug.what] or '**none**'} |" for bug in BUGS]
        caught = sum(test is not None for test in found.values())
        table = ["| bug | planted in | found first by |", "|---|---|---|", *rows]
        (folder / "planted.md").write_text(
            f"{caught} of {len(BUGS)} bugs found.\n\n" + "\n".join(table) + "\n", encoding="utf-8"
        )
        text = json.dumps(found, indent=2, ensure_ascii=False)
        (folder / "planted.json").write_text(text + "\n", encoding="utf-8")
    print(f"{caught} of {len(BUGS)} planted bugs found")
    if caught < len(BUGS):
        sys.exit(1)


if __name__ == "__main__":
    main()
