"""Pictures of a sweep: curves, heat maps and ternary maps."""
