"""How the race is run: processes that wait, turns, experiments and the report."""
