import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import Population, Rotation, Sample
from synth.strategies import diagrams, populations
from tests.examples import examples
from tests.refusals import refusal
from tests.synth.same import assert_same
from venn import VennDiagram, canonical

DIAGRAM = VennDiagram({"a": 1, "b": 1, "a&b": 1}, hidden=1, noise={"a": 1, "b": 2})
POPULATION = Population(DIAGRAM, views={"b": Rotation(1)})


def assert_same_with_roles(one: Sample, other: Sample) -> None:
    """Show that two samples are the same to the last bit, their origin and roles too."""
    assert_same(one, other)
    assert one.origin == other.origin
    assert list(one.roles) == list(other.roles)
    for name, roles in one.roles.items():
        np.testing.assert_equal(vars(roles), vars(other.roles[name]))


def test_the_origin_says_population_seed_and_rows() -> None:
    described = {"population": canonical(POPULATION), "rows": [0, 10, 1]}
    assert POPULATION.sample(10, 3).origin == {**described, "seed": 3}
    assert POPULATION.batch(10, (3, 5)).origin == {**described, "seeds": [3, 5]}
    chunks = [chunk.origin for chunk in POPULATION.chunks(10, 3, 4)]
    assert chunks == [
        {**described, "seed": 3, "rows": rows} for rows in ([0, 4, 1], [4, 8, 1], [8, 10, 1])
    ]
    unpaired = POPULATION.unpaired(10, 3)
    for name in ("a", "b"):
        assert unpaired[name].origin == {**described, "seed": 3, "unpaired": name}


slices = st.builds(
    slice,
    st.none() | st.integers(-12, 12),
    st.none() | st.integers(-12, 12),
    st.none() | st.integers(-3, 3).filter(bool),
)


@given(slices, slices)
def test_a_slice_takes_every_part_alike(one: slice, other: slice) -> None:
    """Also a slice of a slice, and the origin says which rows they are."""
    sample = POPULATION.sample(10, 0)
    part = sample[one][other]
    rows = list(range(*part.origin["rows"]))
    assert rows == list(range(10))[one][other]
    views = {name: view[rows] for name, view in sample.views.items()}
    assert_same(part, Sample(views, sample.y[rows], sample.latents[rows]))
    assert part.roles is sample.roles
    assert len(part) == len(rows)
    assert part.origin["seed"] == 0
    assert sample.origin["rows"] == [0, 10, 1]


def test_a_slice_of_rows_of_unknown_origin_has_none() -> None:
    sample = POPULATION.sample(4, 0)
    own = Sample(sample.views, sample.y, sample.latents)
    assert own.origin == own.roles == {}
    assert own[:2].origin == {}
    assert len(own[:2]) == 2


@pytest.mark.parametrize("rows", [1, "a", [0, 1], ()], ids=repr)
def test_rows_are_taken_by_slices(rows: Any) -> None:
    said = refusal(POPULATION.sample(3, 0).__getitem__, rows)
    assert said == f"rows = {rows!r}: must be a slice, such as sample[:200]"


@pytest.mark.parametrize("sizes", [(10,), (7, 3), (1, 2, 3, 4)], ids=str)
@pytest.mark.parametrize("made", ["sample", "batch"])
def test_a_split_is_consecutive_rows(sizes: tuple[int, ...], made: str) -> None:
    sample = POPULATION.sample(10, 3) if made == "sample" else POPULATION.batch(10, [3, 5])
    parts = sample.split(*sizes)
    assert tuple(len(part) for part in parts) == sizes
    start = 0
    for part, size in zip(parts, sizes, strict=True):
        assert_same_with_roles(part, sample[start : start + size])
        start += size


def test_bad_sizes() -> None:
    split = POPULATION.sample(10, 0).split
    assert refusal(split, 4, 5) == "sizes = (4, 5): must sum to the 10 rows of the sample"
    assert refusal(split, -1, 11) == "sizes[0] = -1: must be a whole number of at least 1"


def test_a_table_has_a_column_a_channel_and_the_label() -> None:
    sample = POPULATION.sample(5, 0)
    frame = sample.to_frame()
    assert list(frame.columns) == ["a_0", "a_1", "a_2", "b_0", "b_1", "b_2", "b_3", "y"]
    channels = np.hstack([sample.views["a"], sample.views["b"]])
    np.testing.assert_array_equal(frame.drop(columns="y").to_numpy(), channels)
    np.testing.assert_array_equal(frame["y"].to_numpy(), sample.y, strict=True)


def test_the_table_of_a_batch_numbers_its_models() -> None:
    batch = POPULATION.batch(3, [7, 5])
    frame = batch.to_frame()
    assert list(frame.columns)[:2] == ["model", "a_0"]
    np.testing.assert_array_equal(frame["model"].to_numpy(), [0, 0, 0, 1, 1, 1])
    for model, seed in enumerate((7, 5)):
        part = frame[frame["model"] == model].drop(columns="model").reset_index(drop=True)
        assert part.equals(POPULATION.sample(3, seed).to_frame())


@settings(max_examples=examples(20))
@given(populations(diagram=diagrams(max_modalities=3)), st.integers(1, 9), st.integers(0, 2**65))
def test_any_sample_is_loaded_bit_for_bit(population: Population, rows: int, seed: int) -> None:
    sample = population.sample(rows, seed)
    with tempfile.TemporaryDirectory() as folder:
        sample.save(Path(folder) / "x.npz")
        assert_same_with_roles(Sample.load(Path(folder) / "x.npz"), sample)


@pytest.mark.parametrize(
    "name", ["x/y", "ü", "..", "/", "a\\b", "y", "latents", "about", "file", "allow_pickle", "'\""]
)
def test_a_modality_may_have_any_name(name: str, tmp_path: Path) -> None:
    diagram = VennDiagram({name: 1, "b": 1}, modalities=(name, "b"))
    sample = Population(diagram, views={name: Rotation(1)}).sample(3, 0)
    sample.save(tmp_path / "x.npz")
    assert_same_with_roles(Sample.load(tmp_path / "x.npz"), sample)
    assert list(sample.to_frame().columns) == [f"{name}_0", "b_0", "y"]


def test_a_file_holds_plain_arrays_and_json(tmp_path: Path) -> None:
    sample = POPULATION.sample(3, 0)
    sample.save(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
        arrays = dict(file)
    assert sorted(arrays) == ["about", "latents", "matrix 0", "matrix 1", "view 0", "view 1", "y"]
    assert all(array.dtype.hasobject is False for array in arrays.values())
    assert json.loads(str(arrays["about"])) == {
        "format": "mfh sample 1",
        "version": version("modality-venn"),
        "origin": sample.origin,
        "modalities": ["a", "b"],
        "roles": {
            name: {
                "channels": list(roles.channels),
                "sources": list(roles.sources),
                "regions": list(roles.regions),
                "features": list(roles.features),
                "matrix": None,
            }
            for name, roles in sample.roles.items()
        },
    }


def test_objects_are_not_pickled_into_a_file(tmp_path: Path) -> None:
    sample = Sample({}, np.array([object()]), np.zeros((1, 1)))
    said = refusal(sample.save, tmp_path / "x.npz")
    assert said == "y = dtype('O'): must hold numbers: objects need a pickle"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x", "x.npy", "x.npz.txt", "x.NPZ", ".npz"])
def test_only_npz_is_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert refusal(POPULATION.sample(3, 0).save, path) == f"path = {str(path)!r}: must end in .npz"
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_be_written_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    path = tmp_path / "taken" / "x.npz"
    allowed = "needs a folder that can be written (File exists)"
    assert refusal(POPULATION.sample(3, 0).save, path).endswith(f" = {str(path)!r}: {allowed}")


def refused(path: str | os.PathLike[str]) -> str:
    """Return the reason in the error of a file that is not loaded."""
    message, reason = refusal(Sample.load, path).removesuffix(")").rsplit("(", 1)
    assert message == f"path = {str(path)!r}: must be a file that Sample.save wrote "
    return reason


def packed(about: Any, **arrays: Any) -> Callable[[Path], object]:
    """Return what writes a file of this content."""
    return lambda path: np.savez(path, about=json.dumps(about), **arrays)


def one_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def cut(path: Path) -> None:
    POPULATION.sample(3, 0).save(path)
    path.write_bytes(path.read_bytes()[:-100])


def spoilt(path: Path) -> None:
    POPULATION.sample(3, 0).save(path)
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("about.npy", "no array")


ROWS: dict[str, Any] = {"y": np.zeros(2), "latents": np.zeros((2, 1))}
FORMAT = {"format": "mfh sample 1", "origin": {}, "roles": {}}
UNNAMED = {**FORMAT, "modalities": []}
FOREIGN: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _: None, "FileNotFoundError"),
    "text": (lambda path: path.write_text("no archive"), "ValueError"),
    "one array": (one_array, "TypeError"),
    "no description": (lambda path: np.savez(path, **ROWS), "KeyError"),
    "a description that is no json": (lambda path: np.savez(path, about="x"), "JSONDecodeError"),
    "a description of something else": (packed([]), "TypeError"),
    "another format": (packed({**FORMAT, "format": "mfh sample 2"}, **ROWS), "ValueError"),
    "empty": (Path.touch, "EOFError"),
    "cut": (cut, "BadZipFile"),
    "spoilt": (spoilt, "BadZipFile"),
    "another archive": (archive, "JSONDecodeError"),
    "no label": (packed(FORMAT, latents=np.zeros((2, 1))), "KeyError"),
    "roles of another kind": (packed({**FORMAT, "roles": {"a": {"x": [1]}}}, **ROWS), "KeyError"),
    "role that is no mapping": (packed({**UNNAMED, "roles": {"a": 3}}, **ROWS), "TypeError"),
    "no mapping of roles": (packed({**UNNAMED, "roles": 3}, **ROWS), "AttributeError"),
}


@pytest.mark.parametrize(("write", "reason"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_and_corrupt_files_are_refused(
    write: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    write(tmp_path / "x.npz")
    assert refused(tmp_path / "x.npz") == reason
