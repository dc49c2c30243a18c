"""What the templates show. Templates hold no logic; presenters ask no database but through selectors."""
