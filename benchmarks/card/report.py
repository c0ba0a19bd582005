"""What a run found, as a page for people."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.card.stages import Found

Results = Mapping[str, Mapping[str, Found]]


def failures(results: Results) -> list[str]:
    """Return a line for each case that failed, or found what should not be."""
    lines = []
    for stage, cases in results.items():
        for name, found in cases.items():
            if "failed" in found:
                lines.append(f"{stage}, {name}: {found['failed'][-1]}")
            elif not found.get("ok", True):
                told = {key: found[key] for key in ("apart", "tolerance") if key in found}
                lines.append(f"{stage}, {name}: not as it should be, {told or 'see the numbers'}")
    return lines


def report(results: Results, device: str) -> list[str]:
    """Return the lines of the page."""
    about = results.get("machine", {}).get("machine", {})
    card = about.get("card", "a card") if device == "cuda" else "no card: not measured"
    lines = [f"# The engine on {card}", ""]
    lines += [f"Made by `python -m benchmarks.gpu --device {device}`; {_versions(about)}.", ""]
    if bad := failures(results):
        lines += ["## What failed", "", *(f"- {line}" for line in bad), ""]
    peaks = results.get("machine", {})
    peak = peaks.get("float32 products", {}).get("flops")
    width = peaks.get("memory, a copy", {}).get("bytes")
    for stage, cases in results.items():
        lines += [f"## {stage[0].upper()}{stage[1:]}", "", *_table(cases, peak, width), ""]
    return lines[:-1]


def _versions(about: Mapping[str, Any]) -> str:
    named = about.get("versions", {})
    told = ", ".join(f"{name} {version or 'not there'}" for name, version in named.items())
    driver = about.get("nvidia_smi", {}).get("driver_version")
    return f"Python {about.get('python')}, {told}" + (f", driver {driver}" if driver else "")


def _table(cases: Mapping[str, Found], peak: float | None, width: float | None) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for name, found in cases.items():
        yield f"| {name} | {_told(found, peak, width)} |"


def _told(found: Found, peak: float | None, width: float | None) -> str:
    ways: dict[str, Callable[[Found], str]] = {
        "failed": lambda _: f"**failed**: {found['failed'][-1]}",
        "left out": lambda _: f"left out: {found['left out']}",
        "spent_s": _sweep,
        "trainings_a_second": lambda _: _rate(found, peak, width),
        "apart": _equality,
        "flops": lambda _: f"{found['flops'] / 1e12:.1f} TFLOP/s",
        "bytes": lambda _: f"{found['bytes'] / 1e12:.2f} TB/s",
    }
    for key, way in ways.items():
        if key in found:
            return way(found)
    shown = (key for key in ("card", "multiprocessors", "cores") if key in found)
    return ", ".join(f"{key} {found[key]}" for key in shown)


def _sweep(found: Found) -> str:
    parts = ", ".join(f"{part} {spent:.1f} s" for part, spent in found["spent_s"].items())
    return (
        f"{found['cells']:,} in {found['took_s']:.1f} s, "
        f"{found['cells_a_second']:,.0f} a second; {parts}"
    )


def _rate(found: Found, peak: float | None, width: float | None) -> str:
    told = [
        f"{found['trainings_a_second']:,.0f} trainings/s of {found['steps']} steps",
        f"{found['flops'] / 1e12:.2f} TFLOP/s",
    ]
    if peak:
        told.append(f"{found['flops'] / peak:.1%} of the float32 product")
    if width:
        told.append(f"rows at {found['row_bytes'] / width:.1%} of a copy's bytes/s")
    if "trainings_a_minute" in found:
        minute, wanted = found["trainings_a_minute"], found["target"]
        met = "met" if minute >= wanted else "not met"
        told.append(f"**{minute:,.0f} a minute**; {wanted:,} are {met}")
    return ", ".join(told)


def _equality(found: Found) -> str:
    sign, verdict = ("≤", "equal") if found["ok"] else (">", "**not equal**")
    told = [f"{found['apart']:.1e} {sign} {found['tolerance']:.0e}, {verdict}"]
    for key, words in (("worst", "worst"), ("road", "by"), ("cpu_from_float64", "the CPU's")):
        if key in found:
            value = found[key]
            told.append(f"{words} {value:.1e}" if isinstance(value, float) else f"{words} {value}")
    if "plain_s" in found:
        faster = found["plain_s"] / found["recorded_s"]
        told.append(
            f"{found['recorded_s']:.3f} s recorded, {found['plain_s']:.3f} s plain, {faster:.1f} ×"
        )
    return ", ".join(told)
