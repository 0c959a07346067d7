"""Hypothesis strategies, and examples, of the values of imgmeta."""
