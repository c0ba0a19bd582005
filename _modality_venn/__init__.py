"""What must work whatever else is called venn, synth, analysis, figures or mfh.

This name is nobody else's.  So what other programs load by name lies here, and so does what tells
our packages from others.  Nothing here imports one of them before it is used.
"""
