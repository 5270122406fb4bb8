"""What is not kept: runs past their age, and a person's data when it is asked back."""
