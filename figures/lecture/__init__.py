"""The interactive page: the Venn diagram, live training in a browser, and the measured law."""
