"""What is measured of fitted models on their test rows: one measure a file."""
