"""The differential test: what the simulation's store answers is what PostgreSQL answers, and so is what it keeps."""
