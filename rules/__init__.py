"""Rules as data: a mail and the model's suggestion become a decision, with the reasons."""
