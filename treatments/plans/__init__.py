"""What is proposed: protocols, plans, price lists, quotes and payments."""
