"""The report that a person reads, in Markdown."""

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.peers.problem import STEPS, Shape
from benchmarks.racing.entries import ENGINE, HARDWARE, MATMULS
from benchmarks.racing.race import CHECKED, disagreement, share, trainings
from benchmarks.racing.results import Results
from benchmarks.racing.targets import targets


def report(results: Results, command: str) -> str:
    """Return the whole report."""
    parts = [
        _head(results, command),
        *(_race(results, shape) for shape in results.races),
        _idle(results),
        _wholes(results),
        _paper(results),
        _scale(results),
        _targets(results),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    """Return a table; all columns but the first are numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def spread(values: Sequence[float], form: str = "{:.2f}", scale: float = 1.0) -> str:
    """Return the median, and the least and the most in brackets."""
    middle, least, most = (
        form.format(scale * value) for value in (median(values), min(values), max(values))
    )
    return f"{middle} ({least}–{most})"


def _head(results: Results, command: str) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    memory = f", {machine['memory_gib']} GiB" if machine["memory_gib"] else ""
    trained = [t for race in results.races.values() for t in race.values() if t.networks]
    variants = "the fastest" if any(len(times.tried) > 1 for times in trained) else "the first"
    load = f"; load before {machine['load']:.2f}" if machine["load"] is not None else ""
    return (
        f"# The engine and its peers: {machine['processor']}, {machine['cores']} cores\n\n"
        f"Made by `{command}` in {results.seconds / 60:.1f} minutes: {machine['platform']}{memory}, "
        f"{machine['vectors']}{load}; Python {machine['python']}, {versions}; engine: "
        f"{machine['engine']}.\n\n"
        f"Every contestant trains the same networks (50 inputs, one hidden layer, ReLU, 2 classes, "
        f"float32) with {STEPS} full-batch steps of Adam, in a process of its own, and waits while "
        f"another has its turn. Numbers are medians of {results.repeats} rounds, with the least "
        f"and the most; ratios and shares are of the turns of one round. Useful operations are "
        f"n (4 d h + 6 h) a step. Where a contestant has variants, {variants} raced. JAX in one "
        f"process spreads the networks over a host device a core."
    )


def _race(results: Results, shape: Shape) -> str:
    race = results.races[shape]
    trained = {name: times for name, times in race.items() if times.networks}
    ordered = sorted(trained, key=lambda name: -median(trained[name].rates))
    peaks = [race[entry.name] for entry in MATMULS]
    registers = race.get(HARDWARE)
    rows = [
        (
            f"**{name}**" if name == ENGINE else name,
            spread(trainings(times), "{:.1f}"),
            spread(times.rates, "{:.1f}", 1e-9),
            "" if name == ENGINE else spread(share(race[ENGINE], [times])),
            f"{median(share(times, peaks)):.1%}",
            f"{median(share(times, [registers])):.1%}" if registers else "not measured",
            f"{times.compile_s:.1f}" if times.compile_s else "",
            times.variant,
        )
        for name, times in ((name, trained[name]) for name in ordered)
    ]
    rows += [
        (
            f"{name}{f' {times.variant}²' if times.variant else ''}",
            "",
            spread(times.rates, "{:.1f}", 1e-9),
            spread(share(race[ENGINE], [times])),
            f"{median(share(times, peaks)):.1%}",
            f"{median(share(times, [registers])):.1%}" if registers else "not measured",
            "",
            "",
        )
        for name, times in race.items()
        if not times.networks
    ]
    head = (
        "",
        "trainings/s",
        "GFLOP/s",
        "engine is ×",
        "of matmul peak",
        "of registers' peak",
        "compile, s",
        "variant",
    )
    losses = [times.losses for times in trained.values()]
    return (
        f"## {shape}\n\n{table(head, rows)}\n\n"
        f"Final losses of the first networks (up to {CHECKED}) differ by "
        f"{disagreement(losses):.1e} of themselves at most."
    )


def _idle(results: Results) -> str:
    worst = max(results.idle, key=lambda name: results.idle[name])
    return (
        f"Processor time of waiting processes during all turns of others: at most "
        f"{results.idle[worst]:.2f} s ({worst})."
    )


def _wholes(results: Results) -> str:
    rows = [
        (
            f"width {whole.width}, {whole.steps} steps",
            f"{whole.networks:,}",
            spread([whole.networks / each for each in whole.seconds], "{:.0f}"),
            spread([whole.flops / each for each in whole.seconds], "{:.1f}", 1e-9),
            spread([whole.flops / each for each in whole.engine_s], "{:.1f}", 1e-9),
            spread(whole.shares, "{:.0%}"),
        )
        for whole in results.wholes
    ]
    head = ("", "networks", "trainings/s", "GFLOP/s", "engine, GFLOP/s", "of the engine's rate")
    return (
        "## The whole experiment\n\nTeacher, no_kd and kd along growing gamma under the synthetic "
        "protocol, 200 training and 1000 test rows: data drawn, networks trained, evaluated and "
        "stored, beside the engine alone on as many networks of the same shapes, learning from "
        f"labels.\n\n{table(head, rows)}"
    )


def _paper(results: Results) -> str:
    networks, seconds = results.figures
    rows = [
        (
            f"Figures 2 and 3 under `released`, {networks} networks, in a process that is up",
            seconds,
        ),
        *(
            (f"`{command}`, the whole process", times)
            for command, times in results.commands.items()
        ),
    ]
    timed = [(what, spread(times)) for what, times in rows]
    return f"## The paper's experiment\n\n{table(('', 'seconds'), timed)}"


def _scale(results: Results) -> str:
    rows = [
        (f"{size:,}", str(scale.steps), spread(rates, "{:.0f}"), str(len(rates)))
        for scale in results.scales
        for size, rates in scale.rates.items()
    ]
    head = ("networks in a sweep", "steps", "trainings/s", "rounds")
    return f"## Scale\n\n{table(head, rows)}"


def _targets(results: Results) -> str:
    rows = [
        (each.what, each.wanted, each.measured, "met" if each.met else "**not met**")
        for each in targets(results)
    ]
    return f"## Targets\n\n{table(('', 'target', 'measured', ''), rows)}"
