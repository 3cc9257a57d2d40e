"""Samples to noncompartmental parameters; every file but table.py is numbers only."""
