"""The stages of ``benchmarks.gpu``: what a graphics card does, and whether it does it right."""
