import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from figures.lecture.bundle import script
from tests.figures.lecture.javascript import LECTURE
from tests.figures.lecture.worlds import settings

ASK = """
const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
function ask(messages) { // each has one last answer
  const worker = new Worker(url);
  return new Promise((resolve, reject) => {
    const answers = [];
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      answers.push(data);
      if (answers.filter(({ type }) => type !== "seed").length < messages.length) return;
      worker.terminate();
      resolve(answers);
    };
    for (const message of messages) worker.postMessage(message);
  });
}
"""
Message = dict[str, Any]


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in a file, which has no network and no server, and can ask a worker."""
    file: Path = tmp_path_factory.mktemp("worker") / "page.html"
    source = json.dumps(script(LECTURE / "worker.js"))
    file.write_text(f'<meta charset="utf-8"><script>const source = {source};{ASK}</script>')
    page = browser.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def ask(page: Page, *messages: Message) -> list[Message]:
    answers: list[Message] = page.evaluate("(messages) => ask(messages)", messages)
    return answers


def test_a_run_is_advanced_stage_by_stage(page: Page) -> None:
    start = {"type": "start", "id": 1, "settings": settings(n=20)}
    stops = [("teacher", 10), ("teacher", 1000), ("students", 0), ("students", 1000)]
    advances = [
        {"type": "advance", "id": f"advance {i}", "stage": stage, "to": to}
        for i, (stage, to) in enumerate(stops)
    ]
    ready, *progress = ask(page, start, *advances)
    assert ready == {"type": "ready", "id": 1, "steps": 1000}
    assert [each["type"] for each in progress] == ["progress"] * 4
    assert [each["id"] for each in progress] == [each["id"] for each in advances]
    assert [(each["stage"], each["step"]) for each in progress] == stops
    assert [len(each["rows"]) for each in progress] == [1, 60, 2, 120]
    for row in progress[2]["rows"]:
        assert row.keys() == {"step", "stage", "arm", "loss", "accuracy"}


def test_the_last_start_is_the_run_that_is_advanced(page: Page) -> None:
    first, second = settings(n=20), settings(n=20, model="hidden")
    advance = {"type": "advance", "id": 0, "stage": "teacher", "to": 0}
    start = {"type": "start", "id": 0}
    *_, alone = ask(page, start | {"settings": second}, advance)
    *_, after = ask(page, start | {"settings": first}, start | {"settings": second}, advance)
    assert after == alone
    *_, failed = ask(
        page, start | {"settings": first}, start | {"settings": first | {"n": 0}}, advance
    )
    assert failed == {"type": "failed", "id": 0, "reason": "No run has been started."}


def test_seeds_are_runs_of_their_own(page: Page) -> None:
    world, seeds = settings(n=20), [3, 0]
    *found, done = ask(page, {"type": "seeds", "id": 9, "settings": world, "seeds": seeds})
    assert done == {"type": "done", "id": 9}
    assert [each["seed"] for each in found] == seeds
    for each in found:
        start = {"type": "start", "id": 0, "settings": world | {"seed": each["seed"]}}
        advances = [
            {"type": "advance", "id": 0, "stage": stage, "to": 1000}
            for stage in ("teacher", "students")
        ]
        *_, teacher, students = ask(page, start, *advances)
        last = {row["arm"]: row["accuracy"] for row in teacher["rows"] + students["rows"]}
        assert each == {"type": "seed", "id": 9, "seed": each["seed"]} | last


BAD: dict[str, tuple[list[Message], str]] = {
    "unknown": ([{"type": "stop"}], "A message of type stop is not known."),
    "inherited": ([{"type": "toString"}], "A message of type toString is not known."),
    "no run": ([{"type": "advance", "stage": "teacher", "to": 1}], "No run has been started."),
    "settings": (
        [{"type": "start", "settings": settings(da=3)}],
        "The teacher’s modality sees 10 decisive features and has only 3 channels.",
    ),
}


@pytest.mark.parametrize(("messages", "reason"), BAD.values(), ids=BAD)
def test_what_cannot_be_done_is_answered_with_a_reason(
    page: Page, messages: list[Message], reason: str
) -> None:
    *_, answer = ask(page, *({**message, "id": "asked"} for message in messages))
    assert answer == {"type": "failed", "id": "asked", "reason": reason}
