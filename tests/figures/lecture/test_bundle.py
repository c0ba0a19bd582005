from pathlib import Path
from textwrap import dedent

import pytest
from playwright.sync_api import Page

from figures.lecture.bundle import script
from venn import ArgumentError

Sources = dict[str, str]

GOOD: Sources = {
    "entry.js": dedent("""
        import { twice, LEAST } from "./maths/numbers.js";
        import {
          Box,
          log,
        } from "./maths/box.js";
        log("entry");
        self.found = [twice(LEAST), new Box(3).held, log("again")];
    """),
    "maths/numbers.js": dedent("""
        import { log } from "../log.js";
        export const LEAST = 21;
        const factor = 2;
        export function twice(x) {
          return factor * x;
        }
        log("numbers");
    """),
    "maths/box.js": dedent("""
        import { twice } from "./numbers.js";
        import { kept } from "../log.js";
        export class Box {
          constructor(x) { this.held = twice(x); }
        }
        export const log = kept;
        log("box");
    """),
    "log.js": dedent("""
        const words = [];
        export const log = (word) => words.push(word) && [...words];
        export const kept = log;
        export async function later() {}
    """),
}


def written(folder: Path, sources: Sources) -> Path:
    """Write sources into a folder and return the entry."""
    for name, source in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, encoding="utf-8")
    return folder / "entry.js"


def test_each_module_runs_once_after_those_that_it_imports(maths: Page, tmp_path: Path) -> None:
    before = maths.evaluate("() => Object.getOwnPropertyNames(self)")
    maths.add_script_tag(content=script(written(tmp_path, GOOD)))
    assert maths.evaluate("() => found") == [42, 6, ["numbers", "box", "entry", "again"]]
    assert set(maths.evaluate("() => Object.getOwnPropertyNames(self)")) - set(before) == {"found"}


IMPORTED: Sources = {"other.js": "export const one = 1;\nexport function two() {}"}
FORM = "must be one of: import { x, y } from"
BAD: dict[str, tuple[Sources, str]] = {
    "no entry": ({}, "is no file (entry = entry.js)"),
    "no file": (
        {"entry.js": 'import { one } from "./nowhere.js";'},
        "is no file (an import of entry.js)",
    ),
    "no such export": (
        {"entry.js": 'import { one, three } from "./other.js";'},
        "import in entry.js = 'three': is not exported by other.js, which exports one, two",
    ),
    "exports nothing": (
        {"entry.js": 'import { one } from "./other.js";', "other.js": "const one = 1;"},
        "is not exported by other.js, which exports nothing",
    ),
    "a circle": (
        {
            "entry.js": 'import { f } from "./f.js";',
            "f.js": 'import { g } from "./g.js";\nexport const f = 1;',
            "g.js": 'import { f } from "./f.js";\nexport const g = 1;',
        },
        "module = 'f.js': imports itself: f.js → g.js → f.js",
    ),
    "itself": (
        {"entry.js": 'import { f } from "./entry.js";\nexport const f = 1;'},
        "imports itself: entry.js → entry.js",
    ),
    "one stem twice": (
        {
            "entry.js": 'import { one } from "./other.js";\nimport { f } from "./view/other.js";',
            "view/other.js": "export const f = 1;",
        },
        "module = 'other.js': is the name of two files: ",
    ),
    "stem": (
        {"entry.js": 'import { f } from "./my-f.js";', "my-f.js": "export const f = 1;"},
        "module = 'my-f.js': must be named by a JavaScript name and .js",
    ),
    "ends a script": (
        {"entry.js": 'const text = "</SCRIPT>";'},
        "entry.js = '</SCRIPT': must not be in a source",
    ),
    "hides a script": ({"entry.js": 'const text = "<!--";'}, "entry.js = '<!--': must not be"),
    "renamed": ({"entry.js": 'import { one as uno } from "./other.js";'}, FORM),
    "nothing named": ({"entry.js": 'import {} from "./other.js";'}, FORM),
    "all": ({"entry.js": 'import * as other from "./other.js";'}, FORM),
    "default": ({"entry.js": 'import other from "./other.js";'}, FORM),
    "for its effect": ({"entry.js": 'import "./other.js";'}, FORM),
    "a package": ({"entry.js": 'import { one } from "other";'}, FORM),
    "single quotes": ({"entry.js": "import { one } from './other.js';"}, FORM),
    "no semicolon": ({"entry.js": 'import { one } from "./other.js"'}, FORM),
    "indented": ({"entry.js": '  import { one } from "./other.js";'}, FORM),
    "dynamic": ({"entry.js": 'const other = await import("./other.js");'}, FORM),
    "meta": ({"entry.js": "const url = import.meta.url;"}, FORM),
    "export default": ({"entry.js": "export default function f() {}"}, FORM),
    "export let": ({"entry.js": "export let count = 0;"}, FORM),
    "export list": ({"entry.js": "const f = 1;\nexport { f };"}, FORM),
    "export from": ({"entry.js": 'export { one } from "./other.js";'}, FORM),
    "export parts": ({"entry.js": "export const { f } = { f: 1 };"}, FORM),
    "export generator": ({"entry.js": "export function* f() {}"}, FORM),
}


@pytest.mark.parametrize(("sources", "message"), BAD.values(), ids=BAD)
def test_other_sources_are_refused(tmp_path: Path, sources: Sources, message: str) -> None:
    entry = written(tmp_path / "sources", IMPORTED | sources)
    with pytest.raises(ArgumentError) as caught:
        script(entry)
    assert message in str(caught.value)
