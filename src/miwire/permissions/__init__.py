"""Which permissions in ARM and Microsoft Graph a change takes."""
