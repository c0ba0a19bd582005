"""The interactive page: the Venn diagram, live training in a browser, and what was measured."""
