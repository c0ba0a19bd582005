"""How models come about: teachers, students and controls, on trials."""
