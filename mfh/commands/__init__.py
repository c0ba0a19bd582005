"""The commands of `mfh`, one a file: each parses, calls and prints; heavy imports wait inside."""
