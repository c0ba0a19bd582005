"""The lecture page: one HTML file that needs no network and no installation."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.tri import Triangulation

from figures.lecture.bundle import script
from figures.lecture.colours import variables
from figures.sweeps.simplex import SHARES, ternary
from venn import ArgumentError

HERE = Path(__file__).parent
TEMPLATE = "page.html.jinja"


def page(measured: Mapping[str, Any], own: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the page that shows measured gains beside the live run.

    Parameters
    ----------
    measured : mapping
        From `figures.lecture.measured.shipped`.
    own : sequence of mapping
        Families of the reader's own, each from `figures.lecture.family.family`: shown first.

    Returns
    -------
    str
        The same gains and versions give the same text, which makes no request.

    Raises
    ------
    ArgumentError
        If the plotting library that the page carries is not installed.
    """
    families = [*({**each, "own": True} for each in own), *measured["families"]]
    library, name = _library()
    template = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    ).get_template(TEMPLATE)
    return template.render(
        version=version("modality-venn"),
        style=Markup(variables() + (HERE / "style.css").read_text(encoding="utf-8")),
        families=_data([_with_triangles(each) for each in families]),
        made=_made(measured["made"]),
        vega=name,
        library=_inside_script(library),
        worker=_inside_script(script(HERE / "worker.js")),
        script=_inside_script(script(HERE / "view" / "page.js")),
    )


def _library() -> tuple[str, str]:
    """Return the script of Vega and Vega-Lite, and Vega's version."""
    try:
        import vl_convert  # noqa: PLC0415  # an extra: only this page needs it
    except ImportError as error:
        allowed = "carries a plotting library; pip install 'modality-venn[lecture]'"
        raise ArgumentError("lecture", "page", allowed) from error
    return vl_convert.javascript_bundle(
        "window.vegaEmbed = vegaEmbed;"
    ), vl_convert.get_vega_version()


def _with_triangles(family: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a family over the simplex the triangles between its points."""
    if family["kind"] != "simplex":
        return dict(family)
    places = ternary(np.array([[point[share] for share in SHARES] for point in family["points"]]))
    return {**family, "triangles": Triangulation(*places.T).triangles.tolist()}


def _made(made: Mapping[str, Any]) -> str:
    return f"{made['trainings']:,} trainings, {made['seeds']} seeds a point ({made['command']})"


def _data(value: Any) -> Markup:
    """Return JSON that nothing in it can end the script of."""
    return Markup(json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"))


def _inside_script(source: str) -> Markup:
    """Return a script that its own strings cannot end: they are spelt in another way."""
    return Markup(source.replace("</script", "<\\/script").replace("<!--", "<\\!--"))
