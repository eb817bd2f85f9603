"""What runs by itself, as the configuration says it: when, to whom, and who is told when it goes wrong. Pure."""
