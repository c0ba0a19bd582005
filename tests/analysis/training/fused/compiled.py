"""The programs compiled for a card of compute capability 9.0, which need not be there.

Prints, as JSON, the bytes of shared memory that each takes.
"""

import json
from typing import Any

from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

from analysis.training.fused.programs import train

OPTIONS = {"num_stages": 2, "maxnreg": 128}
HOPPER = GPUTarget("cuda", 90, 32)
POINTERS = ("x", "pull", "weight", "bias", "head", "shift", "sizes")
KINDS = (
    dict.fromkeys(POINTERS, "*fp32")
    | dict.fromkeys(("rows", "blocks", "steps"), "i32")
    | dict.fromkeys(("decay", "kept", "own", "taught", "sharp"), "fp32")
)
SIZES: dict[str, Any] = {"CHANNELS": 64, "UNITS": 32, "CLASSES": 2, "COUNT": 2, "ROWS": 16}
PLAIN = SIZES | {"HIDDEN": True, "ADAM": True, "TWICE": False, "FLAT": False, "PRECISION": "ieee"}
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "width 32": (2, {}),
    "width 64, four classes": (2, {"UNITS": 64, "CLASSES": 4, "COUNT": 4, "TWICE": True}),
    "the largest": (4, {"CHANNELS": 128, "UNITS": 64}),
    "flat": (2, {"TWICE": True, "FLAT": True, "ADAM": False, "CLASSES": 4, "COUNT": 3}),
    "linear": (1, {"UNITS": 64, "HIDDEN": False}),
    "three products of TensorFloat-32": (4, {"ROWS": 64, "PRECISION": "tf32x3"}),
    "TensorFloat-32": (4, {"ROWS": 64, "PRECISION": "tf32"}),
}


def shared(warps: int, changed: dict[str, Any]) -> int:
    """Compile a program; return the bytes of shared memory that it takes."""
    constants, names = PLAIN | changed, train.arg_names
    kinds = KINDS | dict.fromkeys(constants, "constexpr")
    source = ASTSource(
        train,
        {name: kinds[name] for name in names},
        constexprs={(names.index(name),): value for name, value in constants.items()},
        attrs={(names.index(name),): [["tt.divisibility", 16]] for name in POINTERS},
    )
    made = compile(source, target=HOPPER, options=OPTIONS | {"num_warps": warps})
    return int(made.metadata.shared)


def main() -> None:
    """Compile every case."""
    print(json.dumps({name: shared(*case) for name, case in CASES.items()}))


if __name__ == "__main__":
    main()
