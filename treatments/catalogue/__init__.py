"""What is injected: ingredients, products, lots, the stock ledger and the rules of mixing."""
