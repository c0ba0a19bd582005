"""The Modality Focusing Hypothesis (Xue et al., ICLR 2023)."""
