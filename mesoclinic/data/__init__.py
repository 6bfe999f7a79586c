"""The clinical starting catalogue, as files. README.md says what each file is and where it comes from."""
