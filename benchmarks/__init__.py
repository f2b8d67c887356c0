"""Measurements. Nothing is asserted: machine and load decide the figures."""
