"""A figure as SVG inside a page that holds others."""

import io
from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

from figures.style.theme import FORMATS, styled

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def inline(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an ``svg`` element whose ids begin with a name; the same figure, the same text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write.
    name : str
        Another for each figure of a page: small letters, digits and hyphens.
    description : str
        What a person who cannot see it is told.

    Returns
    -------
    str
        Without a size of its own: the page sets the width.
    """
    written = io.StringIO()
    with styled():
        figure.savefig(written, format="svg", metadata=FORMATS["svg"])
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", LINK)
    root = ET.fromstring(written.getvalue())
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        for key, text in element.items():
            if key == "id":
                element.set(key, f"{name}-{text}")
            elif text.startswith("#") and key == f"{{{LINK}}}href":
                element.set(key, f"#{name}-{text[1:]}")
            elif "url(#" in text:
                element.set(key, text.replace("url(#", f"url(#{name}-"))
    for size in ("width", "height"):
        del root.attrib[size]
    root.set("role", "img")
    root.set("aria-label", description)
    return ET.tostring(root, encoding="unicode")
