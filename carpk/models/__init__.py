"""Kinetic models: a curve, its parameters, fits to one patient and to many, and virtual patients made from it."""
