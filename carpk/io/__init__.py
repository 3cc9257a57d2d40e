"""Files to a Study, and results to files: the only place that opens data files."""
