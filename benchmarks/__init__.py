"""Long checks and speed measurements, each a command."""
