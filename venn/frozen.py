"""A mapping that cannot change, so that values made of mappings can be hashed."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


class FrozenMapping(Mapping[str, V]):
    """An immutable, hashable mapping from names to hashable values."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> V:
        """Return the value of `name`."""
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in canonical order."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._items)

    def __hash__(self) -> int:
        """Hash by content, whatever the order."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Show as a plain dict, which the constructors take."""
        return repr(self._items)
