"""Pure values and rules of deployment."""
