"""Private PostgreSQL and Redis instances for tests and measurements, from Debian's own binaries."""
