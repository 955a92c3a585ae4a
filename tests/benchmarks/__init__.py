"""How fast it is, and how fast it could be: seeded data, plain limits, and the tracker itself beside them."""
