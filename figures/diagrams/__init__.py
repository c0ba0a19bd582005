"""The Venn diagram: its geometry, its picture, its legend."""
