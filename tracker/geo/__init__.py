"""Boundaries and place matching. Only this room imports geopandas and its kin; it knows no tables."""
