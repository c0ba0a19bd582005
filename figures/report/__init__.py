"""What a verification or a calibration found, as words, tables, data, pictures and pages."""

from _modality_venn.packages import check

check("analysis")
