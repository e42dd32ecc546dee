"""What exporting an account takes."""
