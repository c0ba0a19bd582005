"""What the engine races against: each module trains the same networks with another tool.

A module is imported in a process of its own, so that no tool's settings or threads reach another.
"""
