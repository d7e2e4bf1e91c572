"""How long a worker holds a message that it gives back."""

# Seconds for which a message is held before it goes back, by the number of deliveries before
# this one. With the delivery limit of 5 that is 9 minutes of patience and 6 runs. A held message
# takes one of the worker's places, so a worker without its database soon rests.
PAUSES = (5, 20, 60, 180, 300)
