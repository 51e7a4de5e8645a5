"""What is made of the papers for those who write briefings: decisions and what became of them, profiles, trends."""
