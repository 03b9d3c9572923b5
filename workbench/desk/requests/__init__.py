"""What the browser asks of the desk, and how each request is answered; every one asks for a login and a right."""
