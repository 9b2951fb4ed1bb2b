"""Where mails come from: each source yields raw mails and nothing else."""
