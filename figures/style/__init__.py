"""How things look: colours, marks, sizes and canvases, one meaning each."""
