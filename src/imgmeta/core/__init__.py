"""The pure core: no clock, environment variables, files or network."""
