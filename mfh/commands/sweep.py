"""``mfh sweep``: train what a plan asks for, and keep every result."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import click

from mfh.bar import bar
from mfh.options import NUMBER, WORKERS, Known
from mfh.outside import USE, Outside
from mfh.typed import Command, as_typed
from venn.checks import ArgumentError


class Sweep(Command):
    """A command whose help lists the keys of a sweep."""

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every key with what it is, and what a setting is unless told otherwise."""
        from analysis import Point, Synthetic
        from analysis.sweeps.settings import describe
        from analysis.sweeps.sweepfile import KEYS, PATH_KEYS
        from venn import VennDiagram

        usual = describe(Point(VennDiagram({"a": 1, "a&b": 1}), Synthetic()))
        told = {
            key: f"{what}  [default: {usual[key]}]" if key in usual.keys() - PATH_KEYS else what
            for key, what in KEYS.items()
        }
        with formatter.section("Keys, of which a list of values is an axis"):
            formatter.write_dl(list(told.items()))


@click.command(cls=Sweep)
@click.argument("file", metavar="[FILE.toml]", required=False)
@click.option(
    "--path",
    cls=Known,
    known="analysis.sweeps.sweepfile:PATHS",
    help="The diagrams.  [default: gamma]",
)
@click.option("--points", type=NUMBER, metavar="N", help="Points of the path.  [default: 6]")
@click.option("--seeds", metavar="N|FIRST:END", help="Seeds 0 to N-1.  [default: 100]")
@click.option("--width", metavar="N", help="Hidden units of every network.  [default: 64]")
@click.option(
    "--arms", metavar="ARM,…", help="Ways to train a student.  [default: teacher,no_kd,kd]"
)
@click.option(
    "--measures", metavar="MEASURE,…", help="What is measured beside accuracy.  [default: none]"
)
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Any key of the file; VALUE,VALUE,… is an axis.",
)
@USE
@click.option(
    "--store", "target", metavar="FILE", help="Where results are kept.  [default: sweep.db]"
)
@WORKERS
@click.option("--dask", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option("--shard", metavar="I/N", help="Train the I-th of N parts, for array jobs.")
@click.option(
    "--memory", metavar="SIZE", help="Most to take, as 2GiB.  [default: half of what is free]"
)
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda")
@click.option("--retry", is_flag=True, help="Train again what failed.")
@click.option("--dry-run", is_flag=True, help="Say how much there is to do, and about how long.")
def sweep(
    file: str | None,
    changes: tuple[str, ...],
    files: tuple[str, ...],
    target: str | None,
    workers: Any,
    dask: str | None,
    shard: str | None,
    memory: str | None,
    device: str,
    retry: bool,
    dry_run: bool,
    **given: Any,
) -> None:
    """Train every arm at every point for every seed, and keep each result once.

    A sweep that is interrupted, killed or asked for more goes on where it was: the same command
    trains what is missing.  For example:

    mfh sweep --path gamma --points 11 --seeds 200 --arms no_kd,kd,kd_shuffled,hard_label

    mfh sweep --seeds 50 --set n_train=100,200,400 --set temperature=1,4

    mfh sweep --use mine.py --arms no_kd,kd,mine --measures agreement --set mine.beta=1,8
    """
    from analysis import Store, estimate, resolve_device, run
    from analysis.sweeps.runs import pending, room_for
    from analysis.sweeps.shards import shards
    from analysis.sweeps.sweepfile import make_plan

    path = Path(target or (f"{Path(file).stem}.db" if file else "sweep.db"))
    keys, places = _asked(file, given, changes)
    with as_typed(places):
        plan = make_plan(keys, Outside(files))
    part = (1, 1) if shard is None else _part(shard)
    resolve_device(device)
    looks_only = dry_run and not path.exists()  # a look leaves nothing behind

    def waiting() -> list[Any]:
        return list(pending(plan, store, part=part, retry=retry))

    with contextlib.ExitStack() as stack:
        executor = stack.enter_context(_executor(workers, dask))
        room_for(plan, executor, memory)  # fails before there is a file
        store = stack.enter_context(Store(None if looks_only else path))
        todo = _count(waiting())
        ours = plan.cells if shard is None else _count(shards(plan, (), part))
        click.echo(_size(plan, ours, todo, shard))
        if dry_run:
            if todo:
                beside = None if dask else executor
                found = estimate(plan, store, beside, device=device, part=part, retry=retry)
                click.echo(_told(found))
                here = " on this machine alone" if dask else ""
                total = _duration(found["seconds"].sum())
                click.echo(f"about {total}{here}, going by a short probe")
            return
        started = time.perf_counter()
        try:
            with bar(path.name):
                run(
                    plan,
                    store,
                    executor,
                    device=device,
                    part=part,
                    retry=retry,
                    memory=memory,
                )
        except KeyboardInterrupt:
            raise click.Abort(_kept(todo - _count(waiting()), todo, path)) from None
        except BrokenExecutor as error:
            kept = _kept(todo - _count(waiting()), todo, path)
            raise click.ClickException(f"{error}; {kept}") from None
        seconds = time.perf_counter() - started
        if todo:
            click.echo(f"{todo:,} networks in {_duration(seconds)}, {todo / seconds:.0f} a second")
        _report(plan, store)
    click.echo(f"in {path}; to see it: mfh plot {path} {_how(plan)}--out gain.svg")


def _how(plan: Any) -> str:
    """Return the options of a picture that shows what a plan varies."""
    from analysis.sweeps.settings import BOTH, describe

    alike = plan.points[:: len(plan.points) // len(plan.diagrams)]  # that differ in diagrams alone
    shares = {(told["gamma"], told["alpha"]) for told in map(describe, alike)}
    if len({gamma for gamma, _ in shares}) < len(shares):
        return "--simplex "
    axes = [BOTH.get(name, (name,))[-1] for name, values in plan.axes.items() if len(values) > 1]
    if not axes:
        return ""
    whose = max((arm for arm in plan.arms if axes[0].startswith(f"{arm}.")), key=len, default=None)
    arms = "" if whose is None or whose.endswith("teacher") else f"--arms {whose} "
    return f"--hue {axes[0]} {arms}" if len(shares) > 1 else f"--x {axes[0]} {arms}"


def _count(shards: Any) -> int:
    return sum(len(each.cells) for each in shards)


def _kept(stored: int, todo: int, path: Path) -> str:
    kept = f"{stored:,} of {todo:,} networks are stored in {path}"
    return f"{kept}; the same command goes on from there"


def _size(plan: Any, ours: int, todo: int, shard: str | None) -> str:
    return (
        f"{len(plan.points):,} points, {len(plan.arms)} arms, {len(plan.seeds):,} seeds: "
        f"{plan.rows:,} rows from {plan.cells:,} networks"
        + (f", {ours:,} of them in part {shard}" if shard else "")
        + f"; {ours - todo:,} stored, {todo:,} to train"
    )


def _told(found: Any) -> str:
    """Return the roads and times of arms as a table for a terminal."""
    shown = found.rename(columns={"a_second": "models a second"})
    told: str = shown.rename_axis(None).to_string(
        formatters={
            "models": "{:,}".format,
            "networks": "{:.3g}".format,
            "models a second": lambda rate: f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}",
            "seconds": _duration,
        }
    )
    return told


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _asked(
    file: str | None, given: Mapping[str, Any], changes: Iterable[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of a sweep's keys, and what stands before each where it is given."""
    from analysis.sweeps.sweepfile import parse_key, read_plan

    keys: dict[str, Any] = {}
    places: dict[str, str] = {}
    for key, value in ({} if file is None else read_plan(file)).items():
        keys[key], places[key] = value, f"{file}: {key} = "
    for key, value in given.items():
        if value is not None:
            keys[key], places[key] = parse_key(key, str(value)), f"--{key} "
    for change in changes:
        key, value = _assigned(change)
        if places.get(key, "").startswith("--"):
            allowed = (
                f"is given already: {places[key]}{keys[key]}; VALUE,VALUE,… is an axis of both"
            )
            raise ArgumentError("set", change, allowed)
        keys[key], places[key] = value, f"--set {key}="
    return keys, places


def _assigned(change: str) -> tuple[str, Any]:
    from analysis.sweeps.sweepfile import parse_key

    key, _, value = change.partition("=")
    if not (key.strip() and value):
        raise ArgumentError("set", change, "must be KEY=VALUE, such as n_train=100,200")
    return key.strip(), parse_key(key.strip(), value)


def _part(shard: str) -> tuple[int, int]:
    number, slash, count = shard.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        allowed = "must be I/N with I from 1 to N, such as 1/10"
        raise ArgumentError("shard", shard, allowed)
    return int(number), int(count)


@contextlib.contextmanager
def _executor(workers: Any, dask: str | None) -> Iterator[Any]:
    """Yield what trains the shards."""
    from analysis import Workers

    if dask is None:
        yield None if workers is None else Workers(workers)
        return
    if workers is not None:
        raise ArgumentError("dask", dask, "does not go with --workers; choose one")
    try:
        from distributed import Client
    except ImportError:
        raise ArgumentError("dask", dask, "needs Dask: pip install 'modality-venn[dask]'") from None
    for name in ("distributed", "distributed.client"):  # what it says of a lost scheduler, we say
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client: Any = Client(dask, timeout=30)  # type: ignore[no-untyped-call]  # it has no types
    except (OSError, ValueError) as error:
        raise ArgumentError("dask", dask, f"cannot be reached ({error})") from None
    with client:
        yield client.get_executor(pure=False)


def _report(plan: Any, store: Any) -> None:
    """List the networks of a plan that failed, by their reasons, and those that say nothing."""
    recipes = list(dict.fromkeys(plan.uses.values()))
    by_reason: dict[str, list[tuple[bytes, int]]] = {}
    for cell, reason in store.reasons(recipes).items():
        by_reason.setdefault(reason, []).append(cell)
    first = _first(plan)
    if by_reason:
        click.echo(f"{sum(map(len, by_reason.values())):,} networks have no result:")
        for reason, cells in by_reason.items():
            click.echo(f"  {len(cells):,} x {reason} ({first(cells)})")
        click.echo(
            "the same command with --retry trains them again; what diverged on a CPU does so again"
        )
    if constant := store.constant(recipes):
        click.echo(
            f"{len(constant):,} networks answer one class to every test row ({first(constant)}); a "
            "gain of theirs, or over them, is no knowledge: see mfh plot --measure balanced_accuracy"
        )


def _first(plan: Any) -> Callable[[Iterable[tuple[bytes, int]]], str]:
    """Return what names the first of some networks: its arm, seed and what the sweep varies."""
    from analysis.sweeps.settings import describe

    uses = {recipe.identity: (i, arm) for (i, arm), recipe in reversed(plan.uses.items())}
    described = [describe(point) for point in plan.points]
    changing = [
        name
        for name in described[0]
        if name != "diagram" and len({repr(each.get(name)) for each in described}) > 1
    ]

    def first(cells: Iterable[tuple[bytes, int]]) -> str:
        i, arm, seed = min((*uses[identity], seed) for identity, seed in cells)
        where = [f"{name} {described[i].get(name)}" for name in changing]
        return ", ".join([f"first: arm {arm}", f"seed {seed}", *where])

    return first
