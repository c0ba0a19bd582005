"""The notebook of the class: it runs, what it shows is true, and its checks know right from wrong.

``python -m tests.test_lecture_notebook`` runs it and stores what its cells print and draw.
"""

import base64
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.image
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

PATH = Path(__file__).parents[1] / "docs" / "lecture.ipynb"
LARGEST = 400_000
"""Bytes of the notebook, which people load in a browser."""


class Lecture:
    """The notebook in a running kernel."""

    def __init__(self, notebook: NotebookNode, client: NotebookClient) -> None:
        self.notebook = notebook
        self.client = client

    def run_all(self) -> None:
        for i, cell in enumerate(self.notebook.cells):
            self.client.execute_cell(cell, i)

    def run(self, source: str) -> str:
        """Return what a further cell prints, which the notebook does not keep."""
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.cells.append(cell)
        self.client.execute_cell(cell, len(self.notebook.cells) - 1)
        return printed(self.notebook.cells.pop())

    def check(self, exercise: int, answer: str) -> str:
        """Return what the check of an exercise says of an answer."""
        self.run(f"answer_{exercise} = {answer}")
        return self.run(cells(self.notebook)[f"check-{exercise}"].source)


@contextmanager
def opened(notebook: NotebookNode) -> Iterator[Lecture]:
    """Start a kernel for a notebook, in an empty folder and without anyone's own settings."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": folder}},
            config=Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}}),
        )
        own = {"IPYTHONDIR": folder, "MPLCONFIGDIR": folder}
        inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        with client.setup_kernel(env=os.environ | own | inline):
            yield Lecture(notebook, client)


def read() -> NotebookNode:
    notebook: NotebookNode = nbformat.read(PATH, as_version=4)
    return notebook


@pytest.fixture(scope="module")
def lecture() -> Iterator[Lecture]:
    with opened(read()) as lecture:
        lecture.run_all()
        yield lecture


def cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def printed(cell: NotebookNode) -> str:
    return "".join(o.text for o in cell.outputs if o.get("name") == "stdout")


STORED = cells(read())


def test_the_file_is_a_notebook_that_names_no_machine() -> None:
    notebook, text = read(), PATH.read_text(encoding="utf-8")
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert all(set(cell.metadata) <= {"tags", "jupyter"} for cell in notebook.cells)
    assert [cell.execution_count for cell in STORED.values()] == [*range(1, len(STORED) + 1)]
    assert not re.search(r"/home/|/tmp/|/usr/|\\Users\\|<dc:date>| at 0x", text)
    assert len(text.encode()) < LARGEST
    assert len(DRAWN) >= 5


NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")


def texts(cell: NotebookNode) -> list[str]:
    """Return all that a cell prints, and the texts of what it shows, those in a drawing too."""
    found = [printed(cell)]
    for output in cell.outputs:
        data = output.get("data", {})
        found += [data[kind] for kind in ("text/plain", "text/html") if kind in data]
        found += re.findall(r">([^<>]+)</text>", data.get("image/svg+xml", ""))
    return found


def roughly(text: str) -> Any:
    """Return numbers to 0.3 points, and those above 100, such as of seeds, to a tenth."""
    numbers = [float(number.replace(",", "")) for number in NUMBER.findall(text)]
    return [pytest.approx(n, abs=0.3, rel=0.1 if abs(n) > 100 else 0) for n in numbers]


@pytest.mark.slow
@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_is_what_a_cell_says(lecture: Lecture, name: str) -> None:
    """Letter by letter; numbers that were measured as far as machines agree on them."""
    stored, made = STORED[name], cells(lecture.notebook)[name]
    assert all(o.output_type != "error" and o.get("name") != "stderr" for o in stored.outputs)
    if "measured" not in stored.metadata.get("tags", []):
        assert texts(made) == texts(stored)
        return
    for mine, theirs in zip(texts(made), texts(stored), strict=True):
        assert NUMBER.sub("#", mine).split() == NUMBER.sub("#", theirs).split()
        values = [float(number.replace(",", "")) for number in NUMBER.findall(mine)]
        assert values == roughly(theirs)


def pictures(cell: NotebookNode) -> list[np.ndarray]:
    """Return the drawn pictures of a cell, as shades of grey."""
    drawn = (output.get("data", {}).get("image/png") for output in cell.outputs)
    files = [io.BytesIO(base64.b64decode(picture)) for picture in drawn if picture]
    return [matplotlib.image.imread(file, format="png")[..., :3].mean(-1) for file in files]


DRAWN = [name for name, cell in STORED.items() if pictures(cell)]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_stored_picture_is_what_its_cell_draws(lecture: Lecture, name: str) -> None:
    """But for the few pixels by which machines differ."""
    for mine, theirs in zip(
        pictures(cells(lecture.notebook)[name]), pictures(STORED[name]), strict=True
    ):
        assert np.abs(np.subtract(mine.shape, theirs.shape)).max() <= 8
        height, width = np.minimum(mine.shape, theirs.shape)
        assert np.abs(mine - theirs[:height, :width]).mean() < 0.02


SAID = {
    "at 200 rows b is below its ceiling": "accuracies[numbers.index(200)] < ceiling - 2",
    "one call does the same": """[
        accuracy(network, trial.test.views[sees], trial.test.y).item()
        for network, sees in ((teacher, "teacher"), (no_kd, "student"), (kd, "student"))
    ] == frame["accuracy"].tolist()""",
    "one seed says little": "gains['gain'].std() > 0.5",
    "the ceilings are 75 % throughout": """all(
        abs(Population(each).bayes_accuracy(modality) - 0.75) < 1e-9
        for each in path for modality in "ab"
    )""",
    "KD helps once enough is shared": "found['verdict'].item() == 'from negative to positive'",
    "neither control gains anything": "(means[['shrinkage', 'step size']] <= 0).all(axis=None)",
    "the theory crosses too early": "found['crossing'].item() > 0.25",  # where it says help
}


@pytest.mark.slow
@pytest.mark.parametrize("statement", SAID)
def test_what_the_text_says_is_so(lecture: Lecture, statement: str) -> None:
    assert lecture.run(f"print({SAID[statement]})") == "True\n"


@pytest.mark.parametrize("exercise", [1, 2, 3])
def test_a_check_is_kind_before_there_is_an_answer(exercise: int) -> None:
    assert STORED[f"answer-{exercise}"].source.startswith(f"answer_{exercise} = None")
    assert printed(STORED[f"check-{exercise}"]).startswith("Not answered yet")


ANSWERS = [
    (1, 'VennDiagram({"a": 7, "a&b": 7}, hidden=6)', "Right: "),
    (1, 'VennDiagram({"a": 5, "b": 2, "a&b": 7}, hidden=6, noise={"b": 9})', "Right: "),
    (2, 'VennDiagram({"a": 14, "b": 8}, noise={"a": 6, "b": 42})', "Right: "),
    (2, 'VennDiagram({"a": 12, "b": 6, "a&b": 2}, noise={"a": 6, "b": 42})', "Right: "),
    (3, '{"first": "knowledge", "second": "shrinkage"}', "Right: "),
    (1, "0.5", "Hint: .*must be a VennDiagram"),
    (1, 'VennDiagram({"a": 7, "a&c": 7}, modalities=("a", "c"))', "Hint: .*of modalities a and b"),
    (1, 'VennDiagram({"a": 7, "a&b": 7})', "Hint: .*there are 14 decisive features"),
    (1, 'VennDiagram({"a": 14, "a&b": 6})', "Hint: .*γ is 0.30"),
    (1, 'VennDiagram({"a": 2, "b": 4, "a&b": 6}, hidden=8)', "Hint: .*teacher's ceiling is 71.8 %"),
    (1, 'VennDiagram({"a": 5, "b": 5, "a&b": 10})', "Hint: .*student's ceiling is 83.3 %"),
    (2, '"growing_gamma"', "Hint: .*must be a VennDiagram"),
    (2, 'VennDiagram({"a": 8, "b": 14}, noise={"b": 36})', "Hint: .*the teacher must see more"),
    (2, 'VennDiagram({"a": 9, "a&b": 5}, hidden=6, noise={"b": 45})', "Hint: .*predicted to help"),
    (2, 'VennDiagram({"a": 10, "b": 2, "a&b": 8}, noise={"b": 42})', "Hint: .*does not show it"),
    (2, 'VennDiagram({"a": 14, "b": 8}, noise={"b": 242})', "Hint: .*the theory does not cover"),
    (3, '"shrinkage"', "Hint: .*must name the first and the second world"),
    (
        3,
        '{"first": "shrinkage", "second": "shrinkage"}',
        "Hint: .*the first world .*knowledge [+]1",
    ),
    (
        3,
        '{"first": "knowledge", "second": "knowledge"}',
        "Hint: .*the second world .*shrinkage [+]1",
    ),
    (3, '{"first": "knowledge", "second": "step size"}', "Hint: .*the second world .*step size"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("exercise", "answer", "said"), ANSWERS)
def test_a_right_answer_is_right_and_a_wrong_one_gets_a_hint(
    lecture: Lecture, exercise: int, answer: str, said: str
) -> None:
    assert re.match(said, lecture.check(exercise, answer))


def store() -> None:
    """Run the notebook and write it with what its cells print and draw."""
    notebook = read()
    with opened(notebook) as lecture:
        lecture.run_all()
    notebook.metadata.language_info = {"name": "python"}  # of any version
    PATH.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


if __name__ == "__main__":
    store()
