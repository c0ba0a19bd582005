"""A plan and its results: points, recipes and cells; shards, executors and the store."""
