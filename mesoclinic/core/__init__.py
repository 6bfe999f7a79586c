"""What every app shares and no app owns. No clinic words in here, ever."""
