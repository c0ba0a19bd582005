"""How many examples a slow property gets."""

from hypothesis import settings


def examples(number: int) -> int:
    """Return the examples of a slow property: `number` for 50 of the others, fewer under mutants."""
    return max(1, number * settings.default.max_examples // 50)  # type: ignore[union-attr]  # it is always set
