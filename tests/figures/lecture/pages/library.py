"""What the Python library makes of the page's settings."""

from collections.abc import Iterable

from analysis import Plan, run
from tests.figures.lecture.worlds import STUDENTS, Settings, diagram, protocol

ACCURACY = 0.004
"""How far the page may be from the library: it trains in another precision."""


def trained(world: Settings, seeds: Iterable[int]) -> dict[str, list[float]]:
    """Return the library's test accuracies of teacher, No-KD and KD student, seed by seed."""
    arm = STUDENTS[world["teacher"]]
    plan = Plan([diagram(world)], protocol=protocol(world), arms=("no_kd", arm), seeds=list(seeds))
    found = {name: list(rows["accuracy"]) for name, rows in run(plan).frame().groupby("arm")}
    assert set(found) == {world["teacher"], "no_kd", arm}
    return {"teacher": found[world["teacher"]], "no_kd": found["no_kd"], "kd": found[arm]}


def accuracies(world: Settings) -> list[float]:
    """Return those three of the seed that the settings name."""
    return [values[0] for values in trained(world, [world["seed"]]).values()]
