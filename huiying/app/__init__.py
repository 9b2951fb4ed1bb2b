"""The composition root, the supervisor, the workers and the command line."""
