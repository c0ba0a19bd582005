"""``python -m mfh``: the command line."""

from _modality_venn.command import main

main()
