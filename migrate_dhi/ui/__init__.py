"""What a person sees: prompts, console, wizard."""
