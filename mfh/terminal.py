"""What a terminal is told in letters that its encoding lacks."""

import codecs
import io
import re
import sys
import unicodedata

SPELLED = {
    "−": "-",
    "–": "-",
    "—": "-",
    "±": "+-",
    "×": "x",
    "∪": "|",
    "∞": "inf",
    "→": "->",
    "…": "...",
    "⁄": "/",
    "’": "'",
    "“": '"',
    "”": '"',
    "λ": "lambda",
}
"""Signs that we print, in ASCII."""


def spell_out() -> None:
    """Let standard output and error spell what their encodings lack, where they would fail.

    The work is done when its results are printed; they are not lost for a letter.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            ascii_alone = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=ASCII if ascii_alone else None, errors=HANDLER)


def spelled(error: UnicodeError) -> tuple[str, int]:
    """Return in ASCII the letters that cannot be encoded, and where to go on.

    A sign of ours has its spelling, a Greek letter its name; an accent is left out.  Any other
    letter is escaped, as Python does it.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_letter, error.object[error.start : error.end])), error.end


def _letter(letter: str) -> str:
    if letter.isascii() or letter in SPELLED:
        return SPELLED.get(letter, letter)
    parts = unicodedata.normalize("NFKD", letter)
    if parts != letter:
        return "".join(_letter(part) for part in parts if not unicodedata.combining(part))
    greek = re.fullmatch(r"GREEK \w+ LETTER (\w+)", unicodedata.name(letter, ""))
    return greek[1].lower() if greek else letter.encode("ascii", "backslashreplace").decode()


HANDLER = "mfh_spelled"
codecs.register_error(HANDLER, spelled)

ASCII = "mfh_ascii"
"""ASCII by another name: of a stream that has it by its own, click takes UTF-8 to be meant."""


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        name=ASCII,
    )


codecs.register(_ascii)
