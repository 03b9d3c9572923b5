"""What every report rests on."""
