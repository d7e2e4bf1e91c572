"""Shows the reference application's main job in the lab, from a bare machine on."""
