"""JAX: a scan over the steps of optax's Adam, compiled whole, over networks by vmap or lax.map.

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

from benchmarks.peers.problem import LEARNING_RATE, Arrays, Networks
from benchmarks.peers.trainer import Trainer, Training

Spread = Callable[[Callable[..., Any], int], Callable[..., Any]]
"""``spread(train, batch)``: the training of many networks, made from that of one."""


def loss_of_rows(parameters: Any, x: Any, y: Any) -> Any:
    """Return the loss of one network, as it is usually written."""
    first, offset, second, shift = parameters
    logits = jax.nn.relu(x @ first.T + offset) @ second.T + shift
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def loss_of_columns(parameters: Any, x: Any, y: Any) -> Any:
    """Return the loss of one network whose samples are the columns of `x`."""
    first, offset, second, shift = parameters
    logits = second @ jax.nn.relu(first @ x + offset[:, None]) + shift[:, None]
    log_p = jax.nn.log_softmax(logits, axis=0)
    return -jax.numpy.where(y == 1, log_p[1], log_p[0]).mean()


def one(steps: int, innermost: bool) -> Callable[..., Any]:
    """Return the training of one network: ``train(parameters, x, y)``."""
    optimiser = optax.adam(LEARNING_RATE)
    loss = loss_of_columns if innermost else loss_of_rows

    def train(parameters: Any, x: Any, y: Any) -> Any:
        rows = x.T if innermost else x

        def step(carry: Any, _: None) -> tuple[Any, None]:
            parameters, state = carry
            gradient = jax.grad(loss)(parameters, rows, y)
            updates, state = optimiser.update(gradient, state)
            return (optax.apply_updates(parameters, updates), state), None

        start = (parameters, optimiser.init(parameters))
        (parameters, _), _ = jax.lax.scan(step, start, None, length=steps)
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
    mesh = jax.make_mesh((jax.device_count(),), ("model",))
    batch = int(variant.rpartition("batches of ")[2]) if "batches" in variant else 0
    over = PartitionSpec("model")
    program = spread(one(steps, "innermost" in variant), batch)
    sharded = jax.shard_map(program, mesh=mesh, in_specs=over, out_specs=over, check_vma=False)
    given = (networks.parameters, networks.x, networks.y.astype(np.int32))
    arguments = jax.device_put(given, NamedSharding(mesh, over))
    started = time.perf_counter()
    compiled = jax.jit(sharded).lower(*arguments).compile()
    compile_s = time.perf_counter() - started
    return Training(lambda: jax.block_until_ready(compiled(*arguments)), _arrays, compile_s)


def _arrays(trained: Any, count: int) -> Arrays:
    return tuple(np.asarray(parameter)[:count] for parameter in trained)


def serve_vmap() -> Trainer:
    """Return what a process of the vmap form serves."""
    return Trainer(lambda *arguments: build(by_vmap, *arguments))


def serve_map() -> Trainer:
    """Return what a process of the lax.map form serves."""
    return Trainer(lambda *arguments: build(by_map, *arguments))
