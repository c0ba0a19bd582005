"""Let mutmut change ``venn`` and ``synth`` in every small way, and see what the tests notice.

Run from the repository's root (``make mutants`` installs mutmut and runs it):

    python -m benchmarks.mutants

writes ``mutants.json`` and ``mutants.md`` to ``benchmarks/results``: the share of mutants killed by the
tests of both packages, and every survivor with its reason, from ``benchmarks/survivors.toml``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from venn import staged

ROOT = Path(__file__).parents[1]
KILLED, SURVIVED, UNTESTED = {1, 3}, {0}, {5, 33}
GOAL = 0.85
OTHERS = 40
ALSO = {"synth.sampler": "tests/synth/test_rows.py"}
"""Where else than in the tests of its own module a module is tested, file by file."""


def run() -> None:
    """Let mutmut make and judge the mutants, on one thread each and with one order of hashes."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    mutmut("venn.files*")  # one mutant, so that mutmut finds which tests run which function
    choose_tests(ROOT / "mutants" / "mutmut-stats.json")
    mutmut()


def mutmut(*mutants: str) -> None:
    """Judge the mutants that are named, or all that have not been judged."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 1)]
    subprocess.run(
        [*command, *mutants],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", **dict.fromkeys(threads, "1")},
        check=True,
    )


def choose_tests(file: Path) -> None:
    """Keep, for each function, the tests of its own module and the fastest `OTHERS` of the rest.

    Some functions are run by every test; all of them for each mutant would take hours.  A test that
    is left out may make a survivor of a mutant, never the reverse.
    """
    stats = json.loads(file.read_text(encoding="utf-8"))
    seconds = stats["duration_by_test"]
    for function, tests in stats["tests_by_mangled_function_name"].items():
        name = function.rsplit(".", 1)[0]
        package, *inner, module = name.split(".")
        module_tests = "/".join(["tests", package, *inner, "" if inner else f"test_{module}.py"])
        own = (module_tests, ALSO.get(name, module_tests))
        fastest = sorted(tests, key=lambda test: seconds.get(test, 0.0))
        others = [test for test in fastest if not test.startswith(own)][:OTHERS]
        chosen = [test for test in fastest if test.startswith(own)] + others
        stats["tests_by_mangled_function_name"][function] = chosen
    file.write_text(json.dumps(stats), encoding="utf-8")


def verdicts() -> dict[str, dict[str, int]]:
    """Return mutmut's exit code of each mutant of each file."""
    found = {}
    for meta in sorted((ROOT / "mutants").rglob("*.meta")):
        file = str(meta.relative_to(ROOT / "mutants").with_suffix(""))
        found[file] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def change(mutant: str, file: str) -> str:
    """Return what a mutant changes, in one line."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415  # mutmut alone

    lines = get_diff_for_mutant(mutant, path=Path(file)).splitlines()[2:]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return f"{before} → {after}"


def reason(name: str, changed: str, reasons: list[dict[str, str]]) -> str:
    """Return why a survivor survives: the first entry whose patterns both match."""
    for entry in reasons:
        if re.search(entry["function"], name) and re.search(entry["change"], changed):
            return entry["reason"]
    return "no reason yet"


def main() -> None:
    """Run mutmut and write its verdicts."""
    reasons = tomllib.loads((ROOT / "benchmarks" / "survivors.toml").read_text(encoding="utf-8"))
    with staged(ROOT / "benchmarks" / "results") as folder:
        if "--report" not in sys.argv:
            run()
        os.chdir(ROOT)
        counts, survivors = {}, []
        for file, codes in verdicts().items():
            counts[file] = Counter(
                "killed" if code in KILLED else "survived" if code in SURVIVED | UNTESTED else "?"
                for code in codes.values()
            )
            for mutant, code in codes.items():
                if code not in KILLED:
                    name = mutant.rsplit(".", 1)[-1].replace("ǁ", ".").removeprefix("x.")
                    name = re.sub(r"^x_|__mutmut_\d+$", "", name)
                    changed = change(mutant, file)
                    why = reason(name, changed, reasons["survivor"])
                    survivors.append((file, name, changed, why))
        total = sum(sum(each.values()) for each in counts.values())
        killed = sum(each["killed"] for each in counts.values())
        title = f"{killed} of {total} mutants killed: {killed / total:.1%}"
        lines = [f"{title} (mutmut {version('mutmut')}).", "", "| file | mutants | killed |"]
        lines += ["|---|---|---|"]
        lines += [f"| `{f}` | {sum(n.values())} | {n['killed']} |" for f, n in counts.items()]
        lines += [
            "",
            "## Survivors",
            "",
            "| function | change | why it survives |",
            "|---|---|---|",
        ]
        for file, name, changed, why in survivors:
            shown = changed.replace("|", "\\|").replace("`", "'")
            lines.append(f"| `{file}` {name} | `{shown}` | {why} |")
        (folder / "mutants.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = {"killed": killed, "total": total, "files": counts, "survivors": survivors}
        text = json.dumps(result, indent=2, ensure_ascii=False)
        (folder / "mutants.json").write_text(text + "\n", encoding="utf-8")
    print(title)
    if killed < GOAL * total:
        sys.exit(1)


if __name__ == "__main__":
    main()
