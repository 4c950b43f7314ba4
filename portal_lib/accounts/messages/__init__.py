"""What the portal writes to people: one function a mail, as text and as HTML, in the language of its reader."""
