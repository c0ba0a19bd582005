"""Who races: the engine, its peers, and what the machine can do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from benchmarks.peers import peaks
from benchmarks.peers.problem import BUILT_IN, LABELS, ONE_LOGIT, Task
from benchmarks.racing.crew import Crew
from benchmarks.racing.machine import cores

ENGINE = "engine"
LOOP = "torch.nn loop"
HARDWARE = "multiply-adds in registers"

ONE_THREAD = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Entry:
    """Something that takes its turn.

    Parameters
    ----------
    name : str
        As the report writes it.
    served : str
        What its processes serve, as ``module:factory``.
    share : float
        Its networks, as a share of a task's: a slow one gets fewer, so that all turns are about
        as long.
    variants : tuple of str
        Ways to do it, of which the fastest races.
    per_core : bool
        Whether it is one process a core, which stays there, instead of one process.
    trains : bool
        Whether it trains networks; what does not shows what the machine can do.
    environment : mapping of str to str
        What is set before its processes start.
    """

    name: str
    served: str
    share: float = 1.0
    variants: tuple[str, ...] = ("",)
    per_core: bool = False
    trains: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)

    def crew(self) -> Crew:
        """Start its processes."""
        return Crew(self.served, cores() if self.per_core else None, self.environment)


def _jax(form: str, variants: tuple[str, ...]) -> tuple[Entry, Entry]:
    served = f"benchmarks.peers.scan:serve_{form.rpartition('.')[2]}"
    on_cpu = {"JAX_PLATFORMS": "cpu"}
    spread = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={len(cores())}"}
    return (
        Entry(f"JAX {form}, one process", served, 0.5, variants, environment=on_cpu | spread),
        Entry(
            f"JAX {form}, a process a core",
            served,
            1.0,
            variants,
            per_core=True,
            environment=on_cpu | ONE_THREAD,
        ),
    )


JAX = (
    *_jax("vmap", ("rows", "samples innermost")),
    *_jax(
        "lax.map",
        ("rows", "rows, batches of 8", "samples innermost", "samples innermost, batches of 8"),
    ),
)

RIVALS = (Entry(ENGINE, "benchmarks.peers.ours:serve_engine", 2.0), *JAX)
TRAINERS = (
    *RIVALS,
    Entry(
        "torch.func.vmap",
        "benchmarks.peers.functional:serve",
        0.25,
        ("all at once", "groups of 64"),
    ),
    Entry("batched autograd, eager", "benchmarks.peers.ours:serve_eager", 0.25),
    Entry(LOOP, "benchmarks.peers.loop:serve", 1 / 32, ("all threads", "one thread")),
)


def contestants(task: Task) -> tuple[Entry, ...]:
    """Return who races at a task: all at the built-in loss, and at others the engine and JAX."""
    if task in BUILT_IN:
        return TRAINERS
    engine, *others = RIVALS
    fast = task.loss in {LABELS, ONE_LOGIT}
    return (engine if fast else replace(engine, share=1.0), *others)


MATMULS = tuple(
    Entry(
        f"matrix multiply, {tool}",
        f"benchmarks.peers.peaks:serve_{tool.lower()}",
        variants=peaks.SIZES,
        trains=False,
        environment={"JAX_PLATFORMS": "cpu"},
    )
    for tool in ("torch", "numpy", "JAX")
)


def peak_entries() -> tuple[Entry, ...]:
    """Return what shows what the machine can do; registers only where there is a compiler."""
    registers = Entry(HARDWARE, "benchmarks.peers.peaks:serve_hardware", trains=False)
    return (*MATMULS, registers) if peaks.compiler() else MATMULS
