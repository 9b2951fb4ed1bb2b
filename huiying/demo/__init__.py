"""The embedded mail servers and sample mails with which everything can be watched on one machine."""
