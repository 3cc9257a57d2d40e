"""Kinetic models: a curve, its parameters, and virtual patients made from it."""
