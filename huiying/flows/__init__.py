"""What happens to a mail, in order; one verb a file."""
