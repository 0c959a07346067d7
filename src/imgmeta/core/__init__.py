"""The pure core: no clock, environment, files or network."""
