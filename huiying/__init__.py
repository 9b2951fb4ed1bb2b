"""The roof: what ties the rooms together, and where people come in."""

__version__ = "0.1.0"
