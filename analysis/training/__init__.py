"""Tensors in, parameters out: many small networks trained as one program."""
