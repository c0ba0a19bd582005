"""Rows drawn from a population, in memory, as a table and on disk."""

import dataclasses
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Shaped

from synth.roles import Roles
from venn.checks import ArgumentError, instance, whole
from venn.files import staged

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows drawn from a population; with a leading axis, one sample a model.

    Parameters
    ----------
    views : mapping of str to array, shape (sample, channel)
        What each modality shows: ``views["a"]``.
    y : array, shape (sample,)
        Labels: classes 0, 1, … or a real target; -1 or nan in a sample without labels.
    latents : array, shape (sample, feature)
        The decisive features that made the labels, in the diagram's order, hidden ones included.
    roles : mapping of str to Roles
        What each channel is: ``roles["a"][0]`` is general, specific, noise or mixed.
    origin : mapping
        How the rows were drawn, as JSON data: population, seed or seeds, and rows as
        ``[start, stop, step]``.
    """

    views: Mapping[str, Float[np.ndarray, "*model sample _"]]
    y: Shaped[np.ndarray, "*model sample"]
    latents: Float[np.ndarray, "*model sample feature"]
    roles: Mapping[str, Roles] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.y.shape[-1])

    def __getitem__(self, rows: slice) -> "Sample":
        """Return the rows of a slice, as in ``train, test = sample[:200], sample[200:]``."""
        if not isinstance(rows, slice):
            raise ArgumentError("rows", rows, "must be a slice, such as sample[:200]")
        origin = dict(self.origin)
        if "rows" in origin:
            kept = range(*origin["rows"])[rows]
            origin["rows"] = [kept.start, kept.stop, kept.step]
        return dataclasses.replace(
            self,
            views={modality: view[..., rows, :] for modality, view in self.views.items()},
            y=self.y[..., rows],
            latents=self.latents[..., rows, :],
            origin=origin,
        )

    def __repr__(self) -> str:
        """Show shapes, not numbers."""
        views = ", ".join(f"{modality}: {view.shape}" for modality, view in self.views.items())
        return f"Sample({views}, y: {self.y.shape}, latents: {self.latents.shape})"

    def split(self, *sizes: int) -> tuple["Sample", ...]:
        """Split the rows into consecutive parts, such as training, validation and test rows.

        Parameters
        ----------
        *sizes : int
            The rows of each part, at least 1; they sum to the rows of the sample.

        Returns
        -------
        tuple of Sample
            One sample a size.

        Raises
        ------
        ArgumentError
            If a size is not allowed or the sizes do not sum to the number of rows.
        """
        for i, size in enumerate(sizes):
            whole(f"sizes[{i}]", size, at_least=1)
        if sum(sizes) != len(self):
            raise ArgumentError("sizes", sizes, f"must sum to the {len(self)} rows of the sample")
        ends = np.cumsum(sizes)
        return tuple(self[end - size : end] for size, end in zip(sizes, ends, strict=True))

    def to_frame(self) -> "DataFrame":
        """Return a table with one column a channel, ``a_0``, ``a_1``, …, ``b_0``, …, and ``y``.

        Returns
        -------
        DataFrame
            One row a row; samples with a leading axis follow one another, numbered in the column
            ``model``.
        """
        from pandas import DataFrame  # noqa: PLC0415  # only who wants a table needs it

        columns: dict[str, np.ndarray] = {}
        if self.y.ndim > 1:
            columns["model"] = np.repeat(np.arange(len(self.y)), len(self))
        for modality, view in self.views.items():
            for channel in range(view.shape[-1]):
                columns[f"{modality}_{channel}"] = view[..., channel].ravel()
        columns["y"] = self.y.ravel()
        return DataFrame(columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the sample into a ``.npz`` file, whole or not at all.

        The file holds the arrays, and as JSON the roles, the origin and the version of the package;
        `load` gives the same sample back, bit for bit.

        Parameters
        ----------
        path : path
            Ends in ``.npz``; an older file is replaced.

        Raises
        ------
        ArgumentError
            If the path ends otherwise or cannot be written.
        """
        instance("path", path, str | os.PathLike, "'sample.npz'")
        file = Path(path)
        if file.suffix != ".npz":
            raise ArgumentError("path", str(path), "must end in .npz")
        about = {
            "format": FORMAT,
            "version": version("modality-venn"),
            "origin": self.origin,
            "modalities": list(self.views),
            "roles": {
                modality: {**dataclasses.asdict(roles), "matrix": None}
                for modality, roles in self.roles.items()
            },
        }
        arrays = {f"view {i}": view for i, view in enumerate(self.views.values())}
        arrays |= {
            f"matrix {i}": roles.matrix
            for i, roles in enumerate(self.roles.values())
            if roles.matrix is not None
        }
        arrays |= {"y": self.y, "latents": self.latents, "about": np.array(json.dumps(about))}
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise ArgumentError(name, array.dtype, "must hold numbers: objects need a pickle")
        with staged(file.parent, shown=path, argument="path") as folder:
            np.savez(folder / file.name, **arrays)  # type: ignore[arg-type]  # no name is an option

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Sample":
        """Read a sample that `save` wrote.

        Raises
        ------
        ArgumentError
            If the file is not there or was not written by `save`.
        """
        try:
            return cls._read(Path(path))
        except UNREADABLE as error:
            allowed = f"must be a file that Sample.save wrote ({type(error).__name__})"
            raise ArgumentError("path", str(path), allowed) from error

    @classmethod
    def _read(cls, path: Path) -> "Sample":
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entries:
            arrays = dict(entries)
        about = json.loads(str(arrays["about"]))
        if about["format"] != FORMAT:
            raise ValueError(about["format"])
        views = {name: arrays[f"view {i}"] for i, name in enumerate(about["modalities"])}
        roles = {
            modality: Roles(
                **{
                    name: tuple(words[name])
                    for name in ("channels", "sources", "regions", "features")
                },
                matrix=arrays.get(f"matrix {i}"),
            )
            for i, (modality, words) in enumerate(about["roles"].items())
        }
        return cls(views, arrays["y"], arrays["latents"], roles, about["origin"])


FORMAT = "mfh sample 1"
"""What the file of a sample says of itself."""

UNREADABLE = (
    *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""How reading fails where a file is missing, cut, spoilt or of another kind."""
