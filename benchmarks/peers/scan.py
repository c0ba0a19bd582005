"""JAX: a scan over the steps of an optax optimiser, compiled whole, over networks by vmap or lax.map.

In one process the networks are spread over as many of XLA's host devices as there are cores: one
host device alone runs these small programs on one core.
"""

import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
from jax.sharding import NamedSharding, PartitionSpec

from benchmarks.peers.problem import (
    ONE_LOGIT,
    Arrays,
    Networks,
    Task,
    order,
)
from benchmarks.peers.programs import PROGRAMS
from benchmarks.peers.trainer import Trainer, Training

Spread = Callable[[Callable[..., Any], int], Callable[..., Any]]
"""``spread(train, batch)``: the training of many networks, made from that of one."""


def one(task: Task, steps: int, innermost: bool) -> Callable[..., Any]:
    """Return the training of one network: ``train(parameters, data, order)``."""
    program, axis = PROGRAMS[task.loss], 0 if innermost else 1
    rate = task.learning_rate
    optimiser = optax.sgd(rate, 0.9) if task.batch else optax.adam(rate)

    def loss_of(data: Any) -> Callable[[Any], Any]:
        return program(axis, *(each.T if innermost else each for each in data))

    def train(parameters: Any, data: Any, order: Any) -> Any:
        whole = None if task.batch else loss_of(data)

        def step(carry: Any, rows: Any) -> tuple[Any, None]:
            parameters, state = carry
            loss = whole or loss_of(tuple(each[rows] for each in data))
            updates, state = optimiser.update(jax.grad(loss)(parameters), state)
            if task.loss == ONE_LOGIT:
                # The difference of two logits goes twice as far as each: the training is the same.
                updates = (*updates[:-2], 2 * updates[-2], 2 * updates[-1])
            return (optax.apply_updates(parameters, updates), state), None

        start = (parameters, optimiser.init(parameters))
        (parameters, _), _ = jax.lax.scan(step, start, order, length=steps)
        return parameters

    return train


def by_vmap(train: Callable[..., Any], _: int) -> Callable[..., Any]:
    """Train all networks side by side."""
    mapped: Callable[..., Any] = jax.vmap(train)
    return mapped


def by_map(train: Callable[..., Any], batch: int) -> Callable[..., Any]:
    """Train networks one after another, or a few side by side."""

    def mapped(*arguments: Any) -> Any:
        return jax.lax.map(lambda each: train(*each), arguments, batch_size=batch or None)

    return mapped


def build(spread: Spread, networks: Networks, steps: int, variant: str) -> Training:
    """Compile the training, and bring the networks to where it runs."""
    mesh, task = jax.make_mesh((jax.device_count(),), ("model",)), networks.task
    batch = int(variant.rpartition("batches of ")[2]) if "batches" in variant else 0
    over = PartitionSpec("model")
    program = spread(one(task, steps, "innermost" in variant), batch)
    sharded = jax.shard_map(program, mesh=mesh, in_specs=over, out_specs=over, check_vma=False)
    x, y, *others = networks.data
    given = (
        _joined(networks.parameters) if task.loss == ONE_LOGIT else networks.parameters,
        (x, y.astype(np.int32), *others),
        order(networks, steps).astype(np.int32) if task.batch else None,
    )
    arguments = jax.device_put(given, NamedSharding(mesh, over))
    started = time.perf_counter()
    compiled = jax.jit(sharded).lower(*arguments).compile()
    compile_s = time.perf_counter() - started
    arrays = _parted if task.loss == ONE_LOGIT else _arrays
    return Training(lambda: jax.block_until_ready(compiled(*arguments)), arrays, compile_s)


def _arrays(trained: Any, count: int) -> Arrays:
    return tuple(np.asarray(parameter)[:count] for parameter in trained)


def _joined(parameters: Arrays) -> Arrays:
    """Return networks whose one logit is the difference of two."""
    return (*parameters[:-2], *(each[:, 1:] - each[:, :1] for each in parameters[-2:]))


def _parted(trained: Any, count: int) -> Arrays:
    """Return networks with two logits, as far apart as the one says."""
    *hidden, weight, bias = _arrays(trained, count)
    return (*hidden, *(np.concatenate([-each, each], 1) / 2 for each in (weight, bias)))


def serve_vmap() -> Trainer:
    """Return what a process of the vmap form serves."""
    return Trainer(lambda *arguments: build(by_vmap, *arguments))


def serve_map() -> Trainer:
    """Return what a process of the lax.map form serves."""
    return Trainer(lambda *arguments: build(by_map, *arguments))
