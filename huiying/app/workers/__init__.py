"""The long-running threads of a process, one a file; each is a loop around one flow."""
