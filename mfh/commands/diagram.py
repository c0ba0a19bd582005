"""``mfh diagram``: a picture of a modality Venn diagram."""

import json
from typing import Any

import click

from mfh.options import HIDDEN, MODALITIES, NOISE, REGION, STYLE, mapping
from mfh.typed import Command


@click.command(cls=Command)
@REGION
@HIDDEN
@NOISE
@MODALITIES
@STYLE
@click.option("--out", required=True, metavar="FILE", help="Ends in .svg, .png or .pdf.")
def diagram(
    regions: tuple[tuple[str, Any], ...],
    hidden: Any,
    noise: tuple[tuple[str, Any], ...],
    modalities: tuple[str, str],
    style: Any,
    out: str,
) -> None:
    """Draw a modality Venn diagram, areas true to the counts.

    For example:

    mfh diagram --region a=10 --region b=10 --region 'a&b'=5 --out x.svg
    """
    from venn import VennDiagram, canonical

    described = VennDiagram(
        mapping("regions", regions), hidden, mapping("noise", noise), modalities
    )

    from figures import save, venn_figure
    from figures.style.theme import check_format

    check_format(out)
    save(venn_figure(described, style=style), out, description=json.dumps(canonical(described)))
    click.echo(out)
